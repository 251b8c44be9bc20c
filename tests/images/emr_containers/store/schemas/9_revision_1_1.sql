-- The schema and rows of a server of revision 1.0, the first with migrations.
-- In PostgreSQL's types: SQLite had DOUBLE for DOUBLE PRECISION and INTEGER for SERIAL.
CREATE TABLE dispatch_generation (
  id SERIAL NOT NULL,
  generation INTEGER NOT NULL,
  PRIMARY KEY (id)
);
CREATE TABLE job_runs (
  virtual_cluster_id VARCHAR NOT NULL,
  state VARCHAR NOT NULL,
  owner VARCHAR,
  state_details VARCHAR,
  failure_reason VARCHAR,
  spec JSON NOT NULL,
  attempt INTEGER NOT NULL,
  not_before DOUBLE PRECISION NOT NULL,
  messages JSON,
  finished_at DOUBLE PRECISION,
  claimed_in VARCHAR,
  id VARCHAR NOT NULL,
  name VARCHAR,
  client_token VARCHAR NOT NULL,
  request_digest VARCHAR NOT NULL,
  created_at DOUBLE PRECISION NOT NULL,
  created_by VARCHAR NOT NULL,
  tags JSON NOT NULL,
  PRIMARY KEY (id),
  UNIQUE (virtual_cluster_id, client_token)
);
CREATE INDEX ix_job_runs_created_at ON job_runs (created_at);
CREATE INDEX ix_job_runs_listed ON job_runs (virtual_cluster_id, created_at, id);
CREATE INDEX ix_job_runs_listed_by_name ON job_runs (virtual_cluster_id, name, created_at, id);
CREATE INDEX ix_job_runs_listed_by_state ON job_runs (virtual_cluster_id, state, created_at, id);
CREATE INDEX ix_job_runs_name ON job_runs (name);
CREATE INDEX ix_job_runs_queue ON job_runs (state, created_at);
CREATE INDEX ix_job_runs_virtual_cluster_id ON job_runs (virtual_cluster_id);
CREATE TABLE job_templates (
  data JSON NOT NULL,
  id VARCHAR NOT NULL,
  name VARCHAR,
  client_token VARCHAR NOT NULL,
  request_digest VARCHAR NOT NULL,
  created_at DOUBLE PRECISION NOT NULL,
  created_by VARCHAR NOT NULL,
  tags JSON NOT NULL,
  PRIMARY KEY (id),
  UNIQUE (client_token)
);
CREATE INDEX ix_job_templates_created_at ON job_templates (created_at);
CREATE INDEX ix_job_templates_name ON job_templates (name);
CREATE TABLE security_configurations (
  data JSON NOT NULL,
  id VARCHAR NOT NULL,
  name VARCHAR,
  client_token VARCHAR NOT NULL,
  request_digest VARCHAR NOT NULL,
  created_at DOUBLE PRECISION NOT NULL,
  created_by VARCHAR NOT NULL,
  tags JSON NOT NULL,
  PRIMARY KEY (id),
  UNIQUE (client_token)
);
CREATE INDEX ix_security_configurations_created_at ON security_configurations (created_at);
CREATE INDEX ix_security_configurations_name ON security_configurations (name);
CREATE TABLE virtual_clusters (
  state VARCHAR NOT NULL,
  container_provider JSON NOT NULL,
  security_configuration_id VARCHAR,
  max_concurrent_job_runs INTEGER,
  max_in_queue_job_runs INTEGER,
  update_tokens JSON,
  id VARCHAR NOT NULL,
  name VARCHAR,
  client_token VARCHAR NOT NULL,
  request_digest VARCHAR NOT NULL,
  created_at DOUBLE PRECISION NOT NULL,
  created_by VARCHAR NOT NULL,
  tags JSON NOT NULL,
  PRIMARY KEY (id),
  UNIQUE (client_token)
);
CREATE INDEX ix_virtual_clusters_created_at ON virtual_clusters (created_at);
CREATE INDEX ix_virtual_clusters_name ON virtual_clusters (name);
CREATE INDEX ix_virtual_clusters_security_configuration_id ON virtual_clusters (security_configuration_id);
CREATE TABLE sized_runs (
  id VARCHAR NOT NULL,
  virtual_cluster_id VARCHAR NOT NULL,
  signature VARCHAR NOT NULL,
  created_at DOUBLE PRECISION NOT NULL,
  planned JSON NOT NULL,
  outcome JSON,
  read_at DOUBLE PRECISION,
  PRIMARY KEY (id)
);
CREATE INDEX ix_sized_runs_history ON sized_runs (virtual_cluster_id, signature, created_at);
CREATE INDEX ix_sized_runs_created_at ON sized_runs (created_at);
CREATE INDEX ix_sized_runs_read_at ON sized_runs (read_at);
INSERT INTO security_configurations (id, name, client_token, request_digest, created_at, created_by, tags, data)
  VALUES ('oldsecurity', 'old', 'token-of-oldsecurity', '5b419988666e43881b5a6aba8019c3b72f27d2e4da15e06931deef08d3019a3e', 1796000000.0, 'arn:aws:iam::000000000000:user/ana', '{}', '{"authorizationConfiguration": {"encryptionConfiguration": {"inTransitEncryptionConfiguration": {"tlsCertificateConfiguration": {"certificateProviderType": "PEM"}}}}}');
INSERT INTO virtual_clusters (id, name, client_token, request_digest, created_at, created_by, tags, state, container_provider, security_configuration_id, max_concurrent_job_runs, max_in_queue_job_runs, update_tokens)
  VALUES ('oldcluster', 'old', 'token-of-oldcluster', '486705dc7199fd4f378caab7e499c6654054ff0a5c6d502eb94c947aa79a74ef', 1796000001.5, 'arn:aws:iam::000000000000:user/ana', '{"team": "\u00e4"}', 'RUNNING', '{"type": "EKS", "id": "old", "info": {"eksInfo": {"namespace": "old"}}}', 'oldsecurity', 50, 60, '["token-of-an-update"]');
INSERT INTO job_templates (id, name, client_token, request_digest, created_at, created_by, tags, data)
  VALUES ('oldtemplate', 'old', 'token-of-oldtemplate', '8c3e55ba47a790132d2ce06dc186dd93d2648504efe7ee790c5feaa7d2ba6d80', 1796000002.25, 'arn:aws:iam::000000000000:user/ana', '{}', '{"executionRoleArn": "arn:aws:iam::000000000000:role/longshore-job", "releaseLabel": "shell", "jobDriver": {"sparkSubmitJobDriver": {"entryPoint": "local:///opt/longshore/${Script}"}}, "parameterConfiguration": {"Script": {"type": "STRING"}}}');
INSERT INTO job_runs (id, name, client_token, request_digest, created_at, created_by, tags, virtual_cluster_id, state, owner, state_details, failure_reason, spec, attempt, not_before, messages, finished_at, claimed_in)
  VALUES ('oldcompleted', 'oldcompleted', 'token-of-oldcompleted', 'c65445046cf0edcf4803ae435e464a3fa04b9078e14c10ee2f63fbeb5cff911d', 1796000010.0, 'arn:aws:iam::000000000000:user/ana', '{"longshore.dev/owner": "ana", "k": "v"}', 'oldcluster', 'COMPLETED', 'ana', NULL, NULL, '{"executionRoleArn": "arn:aws:iam::000000000000:role/longshore-job", "releaseLabel": "shell", "jobDriver": {"sparkSubmitJobDriver": {"entryPoint": "local:///opt/longshore/once.sh"}}, "configurationOverrides": {}}', 2, 0.0, NULL, 1796000030.5, NULL);
INSERT INTO job_runs (id, name, client_token, request_digest, created_at, created_by, tags, virtual_cluster_id, state, owner, state_details, failure_reason, spec, attempt, not_before, messages, finished_at, claimed_in)
  VALUES ('oldfailed', 'oldfailed', 'token-of-oldfailed', '9cc282f7f77221e68ac75dbc2c2dc19a6e6fc560e9f2bf3fcf35b2ccc3444fbf', 1796000011.0, 'arn:aws:iam::000000000000:user/ana', '{"longshore.dev/owner": "ana", "k": "v"}', 'oldcluster', 'FAILED', 'ana', 'the table ''ü'' is missing', 'USER_ERROR', '{"executionRoleArn": "arn:aws:iam::000000000000:role/longshore-job", "releaseLabel": "shell", "jobDriver": {"sparkSubmitJobDriver": {"entryPoint": "local:///opt/longshore/once.sh"}}, "configurationOverrides": {}}', 1, 0.0, '{"1": "the table ''\u00fc'' is missing"}', 1796000031.5, NULL);
INSERT INTO job_runs (id, name, client_token, request_digest, created_at, created_by, tags, virtual_cluster_id, state, owner, state_details, failure_reason, spec, attempt, not_before, messages, finished_at, claimed_in)
  VALUES ('oldcancelled', 'oldcancelled', 'token-of-oldcancelled', '55419c4bcec0854b05dbd5b03fea304c113b0cf42ef5c78b7777311f6dc888eb', 1796000012.0, 'arn:aws:iam::000000000000:user/ana', '{"longshore.dev/owner": "ana", "k": "v"}', 'oldcluster', 'CANCELLED', 'ana', 'Cancelled by ana.', NULL, '{"executionRoleArn": "arn:aws:iam::000000000000:role/longshore-job", "releaseLabel": "shell", "jobDriver": {"sparkSubmitJobDriver": {"entryPoint": "local:///opt/longshore/once.sh"}}, "configurationOverrides": {}}', 1, 0.0, NULL, 1796000032.5, NULL);
INSERT INTO job_runs (id, name, client_token, request_digest, created_at, created_by, tags, virtual_cluster_id, state, owner, state_details, failure_reason, spec, attempt, not_before, messages, finished_at, claimed_in)
  VALUES ('oldpending', 'oldpending', 'token-of-oldpending', '4ecddacb2f4bef3b20987c38c842983e8672bd4938061f5f513fe0f7c36e4707', 1796000013.0, 'arn:aws:iam::000000000000:user/ana', '{"longshore.dev/owner": "ana", "k": "v"}', 'oldcluster', 'PENDING', 'ana', NULL, NULL, '{"executionRoleArn": "arn:aws:iam::000000000000:role/longshore-job", "releaseLabel": "shell", "jobDriver": {"sparkSubmitJobDriver": {"entryPoint": "local:///opt/longshore/once.sh"}}, "configurationOverrides": {}}', 1, 0.0, NULL, NULL, NULL);
INSERT INTO job_runs (id, name, client_token, request_digest, created_at, created_by, tags, virtual_cluster_id, state, owner, state_details, failure_reason, spec, attempt, not_before, messages, finished_at, claimed_in)
  VALUES ('oldsubmitted', 'oldsubmitted', 'token-of-oldsubmitted', '1f675996449c4e02ab9b09be813195cba5b8b7d75c6d015f93abea58090b91c7', 1796000014.0, 'arn:aws:iam::000000000000:user/ana', '{"longshore.dev/owner": "ana", "k": "v"}', 'oldcluster', 'SUBMITTED', 'ana', NULL, NULL, '{"executionRoleArn": "arn:aws:iam::000000000000:role/longshore-job", "releaseLabel": "shell", "jobDriver": {"sparkSubmitJobDriver": {"entryPoint": "local:///opt/longshore/once.sh"}}, "configurationOverrides": {}}', 1, 0.0, NULL, NULL, NULL);
INSERT INTO job_runs (id, name, client_token, request_digest, created_at, created_by, tags, virtual_cluster_id, state, owner, state_details, failure_reason, spec, attempt, not_before, messages, finished_at, claimed_in)
  VALUES ('oldrunning', 'oldrunning', 'token-of-oldrunning', '14f4fc4be8412b0f74123be5fcda5448c9bf3101170b572262c0dc7309284624', 1796000015.0, 'arn:aws:iam::000000000000:user/ana', '{"longshore.dev/owner": "ana", "k": "v"}', 'oldcluster', 'RUNNING', 'ana', NULL, NULL, '{"executionRoleArn": "arn:aws:iam::000000000000:role/longshore-job", "releaseLabel": "shell", "jobDriver": {"sparkSubmitJobDriver": {"entryPoint": "local:///opt/longshore/once.sh"}}, "configurationOverrides": {}}', 1, 0.0, NULL, NULL, NULL);
INSERT INTO job_runs (id, name, client_token, request_digest, created_at, created_by, tags, virtual_cluster_id, state, owner, state_details, failure_reason, spec, attempt, not_before, messages, finished_at, claimed_in)
  VALUES ('oldlost', 'oldlost', 'token-of-oldlost', '965dc0886dad4c900e19bf9bd6d9eb3f40a036639d7240554481a31951071cea', 1796000016.0, 'arn:aws:iam::000000000000:user/ana', '{"longshore.dev/owner": "ana", "k": "v"}', 'oldcluster', 'RUNNING', 'ana', NULL, NULL, '{"executionRoleArn": "arn:aws:iam::000000000000:role/longshore-job", "releaseLabel": "shell", "jobDriver": {"sparkSubmitJobDriver": {"entryPoint": "local:///opt/longshore/once.sh"}}, "configurationOverrides": {}}', 1, 0.0, NULL, NULL, '00000000000000000000000000000000 /var/lib/another-server');
INSERT INTO job_runs (id, name, client_token, request_digest, created_at, created_by, tags, virtual_cluster_id, state, owner, state_details, failure_reason, spec, attempt, not_before, messages, finished_at, claimed_in)
  VALUES ('oldcancelling', 'oldcancelling', 'token-of-oldcancelling', 'c593bd9b638135b4345ca30088926f8e6758a75e45eef6f9a70a8df156713613', 1796000017.0, 'arn:aws:iam::000000000000:user/ana', '{"longshore.dev/owner": "ana", "k": "v"}', 'oldcluster', 'CANCEL_PENDING', 'ana', 'Cancelled by ana.', NULL, '{"executionRoleArn": "arn:aws:iam::000000000000:role/longshore-job", "releaseLabel": "shell", "jobDriver": {"sparkSubmitJobDriver": {"entryPoint": "local:///opt/longshore/once.sh"}}, "configurationOverrides": {}}', 1, 0.0, NULL, NULL, NULL);
INSERT INTO sized_runs (id, virtual_cluster_id, signature, created_at, planned, outcome, read_at)
  VALUES ('oldcompleted', 'oldcluster', 'default/dag/task', 1796000010.0, '{"why": "the first run"}', NULL, NULL);
INSERT INTO dispatch_generation (id, generation)
  VALUES (1, 7);
CREATE TABLE alembic_version (
  version_num VARCHAR(32) NOT NULL,
  CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO alembic_version (version_num)
  VALUES ('1.1');
