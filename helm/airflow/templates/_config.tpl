{{/* Airflow's settings: those that follow from the values, and those of `config`. */}}

{{/* What the values say, as a map of sections. */}}
{{- define "airflow.config.ours" -}}
core:
  {{- /* The provider's own knows a task that has come back from the triggerer from one that was killed. */}}
  executor: {{ eq .Values.executor "LocalExecutor" | ternary "longshore.executors.local_executor.LocalExecutor" .Values.executor }}
  execution_api_server_url: {{ include "airflow.apiServer.internalUrl" . }}/execution/
  # A pod is found by its address: by its name nobody finds it.
  hostname_callable: airflow.utils.net.get_host_ip_address
  {{- if .Values.users.secretName }}
  simple_auth_manager_users: {{ .Values.users.roles }}
  simple_auth_manager_passwords_file: /opt/airflow/users/passwords.json
  {{- end }}
api:
  port: "8080"
  base_url: {{ .Values.apiServer.url | trimSuffix "/" }}{{ .Values.apiServer.basePath }}
{{- if .Values.connections.secretName }}
secrets:
  backend: airflow.secrets.local_filesystem.LocalFilesystemBackend
  {{- $files := dict "connections_file_path" "/run/secrets/connections/connections.json" }}
  {{- if .Values.connections.variables }}
  {{- $_ := set $files "variables_file_path" "/run/secrets/connections/variables.json" }}
  {{- end }}
  backend_kwargs: {{ $files | toJson | quote }}
{{- end }}
dag_processor:
  dag_bundle_storage_path: /opt/airflow/bundles
  dag_bundle_config_list: {{ include "airflow.config.bundles" . | quote }}
  refresh_interval: {{ .Values.dags.refreshSeconds | quote }}
logging:
  base_log_folder: /opt/airflow/logs
  dag_processor_log_target: stdout
  {{- if .Values.logs.folder }}
  remote_logging: "True"
  remote_base_log_folder: {{ .Values.logs.folder }}
  remote_log_conn_id: {{ .Values.logs.connection | quote }}
  delete_local_logs: "True"
  {{- end }}
{{- if eq (include "airflow.podPerTask" .) "true" }}
kubernetes_executor:
  namespace: {{ .Release.Namespace }}
  pod_template_file: /opt/airflow/pod-template/pod.yaml
  # Their logs are kept elsewhere; a pod that stays only takes room.
  delete_worker_pods_on_failure: "True"
{{- end }}
longshore:
  # Two Airflows at one job server must not take each other's jobs for their own.
  environment: {{ .Release.Namespace }}/{{ .Release.Name }}
{{- end -}}

{{/* The one DAG bundle, as Airflow's JSON. */}}
{{- define "airflow.config.bundles" -}}
{{- $git := .Values.dags.git -}}
{{- if not $git.url }}{{ fail "dags.git.url is empty: set the address of the git repository with the DAGs." }}{{ end -}}
{{- if not .Values.dags.snapshots }}{{ fail "dags.snapshots is empty: set where snapshots of commits are kept, for example s3://bucket/dags." }}{{ end -}}
{{- if and $git.branch $git.commit }}{{ fail "dags.git.branch cannot be used with dags.git.commit; use one of them, and set the other to \"\"." }}{{ end -}}
{{- if not (or $git.branch $git.commit) }}{{ fail "dags.git.branch and dags.git.commit are empty: set one of them." }}{{ end -}}
{{- $kwargs := dict "url" $git.url "subdir" $git.subdir "snapshots" .Values.dags.snapshots -}}
{{- with $git.branch }}{{ $_ := set $kwargs "branch" . }}{{ end -}}
{{- with $git.commit }}{{ $_ := set $kwargs "commit" . }}{{ end -}}
{{- with .Values.dags.connection }}{{ $_ := set $kwargs "connection_id" . }}{{ end -}}
{{- if $git.credentialsSecret }}{{ $_ := set $kwargs "credentials" "/run/secrets/git" }}{{ end -}}
{{- list (dict "name" .Values.dags.name "classpath" "longshore.bundles.GitSnapshotDagBundle" "kwargs" $kwargs) | toJson -}}
{{- end -}}

{{/* All of it, as a ConfigMap's data. */}}
{{- define "airflow.config.data" -}}
{{- $ours := include "airflow.config.ours" . | fromYaml -}}
{{- range $section, $options := .Values.config -}}
  {{- range $name, $value := $options -}}
    {{- if hasKey (get $ours $section | default dict) $name -}}
      {{- fail (printf "config.%s.%s cannot be set: it follows from the other values of this chart." $section $name) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- range $section, $options := merge $ours (deepCopy .Values.config) }}
{{- range $name, $value := $options }}
AIRFLOW__{{ upper $section }}__{{ upper $name }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- end -}}
