-- breaking
-- A receipt is one row a flush, whatever leases its facts were published under: the relay's name and the time say whose.

alter table receipt drop column token;
