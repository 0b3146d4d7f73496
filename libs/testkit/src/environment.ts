// The servers that integration tests run against, taken from the environment.

/** The url of a Postgres superuser; every test file makes databases of its own there. */
export function databaseUrl(): string {
  return required("DATABASE_URL", "a superuser of a PostgreSQL 15 or later");
}

/** The url of a NATS server with JetStream; every test keeps to a namespace of its own there. */
export function natsUrl(): string {
  return required("NATS_URL", "a NATS server with JetStream");
}

function required(name: string, what: string): string {
  const value = process.env[name];
  if (value !== undefined && value !== "") return value;
  throw new Error(
    `${name} is not set. Run these tests with \`npm test -- int\`, which starts what they need, ` +
      `or set ${name} to ${what}.`,
  );
}
