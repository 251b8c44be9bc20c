-- One database and the role that owns it; the same again changes nothing. Variables: name, file (the password's).
-- A statement that fails would be written to the log, and one of them holds a password.
SET log_min_error_statement = panic;
SET client_min_messages = warning;
\set password `cat :'file'`

SELECT format('CREATE ROLE %I LOGIN', :'name')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'name') \gexec
ALTER ROLE :"name" PASSWORD :'password';

SELECT format('CREATE DATABASE %I OWNER %I', :'name', :'name')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
-- Whoever is not its owner cannot even connect.
REVOKE CONNECT, TEMPORARY ON DATABASE :"name", template1 FROM PUBLIC;
