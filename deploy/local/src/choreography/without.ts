// A choreography without one of its services: what the others do when it says nothing.
import type { ServiceDefinition } from "@pavane/choreography";

/** The other services, without what they hear of this one. */
export function without(services: readonly ServiceDefinition[], silent: string): ServiceDefinition[] {
  return services
    .filter(({ name }) => name !== silent)
    .map((service) => {
      const facts = new Map([...service.facts].filter(([, { owner }]) => owner !== silent));
      const reactions = new Map([...service.reactions].filter(([on]) => facts.has(on)));
      return { ...service, facts, reactions };
    });
}
