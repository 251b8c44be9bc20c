{{/* What the pods of all components share. */}}

{{/* Metadata of a pod. Takes (dict "root" $ "component" …). */}}
{{- define "airflow.pod.metadata" -}}
labels:
  {{- include "airflow.labels" . | nindent 2 }}
annotations:
  # Components that speak to each other start anew together when a setting changes.
  checksum/config: {{ include "airflow.config.data" .root | sha256sum }}
{{- end -}}

{{/* How a pod runs, and where; with the container's part it passes the Pod Security Standard `restricted`.
     Takes (dict "root" $ "component" … "values" …). */}}
{{- define "airflow.pod.common" -}}
serviceAccountName: {{ .root.Release.Name }}-{{ .component }}
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  # Volumes and mounted Secrets are given to this group.
  fsGroup: 1000
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .root.Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- $of := . }}
{{- with .values.spread }}
topologySpreadConstraints:
  {{- range . }}
  - topologyKey: {{ .topologyKey }}
    maxSkew: 1
    whenUnsatisfiable: {{ .whenUnsatisfiable }}
    labelSelector:
      matchLabels:
        {{- include "airflow.selectorLabels" $of | nindent 8 }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* The image, and what keeps a container inside of its walls. */}}
{{- define "airflow.pod.container" -}}
image: {{ include "airflow.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end -}}

{{/* Settings of a container that uses the database. Secrets by commands that read files: an environment is handed on
     to every process, and shown by many a tool. */}}
{{- define "airflow.pod.environment" -}}
envFrom:
  - configMapRef:
      name: {{ .Release.Name }}-config
env:
  - name: AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_CMD
    value: cat {{ include "airflow.pod.databaseFile" . }}
  - name: AIRFLOW__CORE__FERNET_KEY_CMD
    value: cat /run/secrets/keys/fernet-key
  - name: AIRFLOW__API_AUTH__JWT_SECRET_CMD
    value: cat /run/secrets/keys/jwt-secret
  - name: AIRFLOW__API__SECRET_KEY_CMD
    value: cat /run/secrets/keys/session-secret
  {{- include "airflow.pod.metrics" . | indent 2 }}
{{- end -}}

{{/* Metrics of components that go on, by Airflow's own exporter. A task's process sends none: its counters begin at zero in
     each process, and a process that sends nothing at its end never waits for a collector. Labels are DAGs, pools and
     executors, never runs. */}}
{{- define "airflow.pod.metrics" -}}
{{- with .Values.metrics }}
{{- if .otlpUrl }}
{{- $names := list "(scheduler|dag_processor|triggerer)_heartbeat" "dagbag_size" "triggers\\.(running|succeeded|failed)" }}
{{- $names = append $names "dag_processing\\.(import_errors|total_parse_time|file_path_queue_size)" }}
{{- $names = append $names "scheduler\\.(tasks\\.(starving|executable)|dagruns\\.running|scheduler_loop_duration)" }}
{{- $names = concat $names (list "(executor|pool)\\.[a-z_]+" "dagrun\\.duration\\.(success|failed)") }}
{{- $patterns := list }}
{{- range $names }}
{{- $patterns = append $patterns (printf "^%s$" .) }}
{{- end }}
- name: AIRFLOW__METRICS__OTEL_ON
  value: "True"
- name: AIRFLOW__METRICS__LEGACY_NAMES_ON
  value: "False"
- name: AIRFLOW__METRICS__METRICS_ALLOW_LIST
  value: {{ join "," $patterns | quote }}
- name: OTEL_EXPORTER_OTLP_METRICS_ENDPOINT
  value: {{ .otlpUrl | trimSuffix "/" }}/v1/metrics
- name: OTEL_EXPORTER_OTLP_METRICS_TIMEOUT
  value: "5"
- name: OTEL_METRIC_EXPORT_INTERVAL
  value: {{ printf "%d000" (int .intervalSeconds) | quote }}
- name: POD_NAME
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
- name: OTEL_RESOURCE_ATTRIBUTES
  value: namespace={{ $.Release.Namespace }},pod=$(POD_NAME)
{{- end }}
{{- end }}
{{- end -}}

{{- define "airflow.pod.databaseFile" -}}
/run/secrets/database/url
{{- end -}}

{{/* The first step of every pod that uses the database: see images/airflow/app/schema.py. */}}
{{- define "airflow.pod.schema" -}}
- name: schema
  {{- include "airflow.pod.container" . | nindent 2 }}
  args: [python, /opt/longshore/schema.py, {{ include "airflow.pod.databaseFile" . }}]
  {{- include "airflow.pod.environment" . | nindent 2 }}
  resources:
    {{- toYaml .Values.schema.resources | nindent 4 }}
  volumeMounts:
    {{- include "airflow.pod.mounts" . | nindent 4 }}
{{- end -}}

{{/* Probes of a component that tells the database that it lives: see images/airflow/app/alive.py. Takes
     (dict "root" $ "job" "SchedulerJob"). Not being ready is nobody's business: no Service leads there. */}}
{{- define "airflow.pod.probes" -}}
{{- $command := list "python" "/opt/longshore/alive.py" .job "300" (include "airflow.pod.databaseFile" .root) -}}
startupProbe:
  exec:
    command: {{ toJson $command }}
  periodSeconds: 3
  timeoutSeconds: 20
  failureThreshold: 100
livenessProbe:
  exec:
    command: {{ toJson $command }}
  periodSeconds: 60
  timeoutSeconds: 20
  failureThreshold: 3
{{- end -}}

{{- define "airflow.pod.mounts" -}}
- name: tmp
  mountPath: /tmp
- name: logs
  mountPath: /opt/airflow/logs
- name: bundles
  mountPath: /opt/airflow/bundles
- name: database
  mountPath: /run/secrets/database
  readOnly: true
- name: keys
  mountPath: /run/secrets/keys
  readOnly: true
{{- if .Values.connections.secretName }}
- name: connections
  mountPath: /run/secrets/connections
  readOnly: true
{{- end }}
{{- end -}}

{{- define "airflow.pod.volumes" -}}
{{- include "airflow.pod.workVolumes" . }}
- name: database
  secret:
    secretName: {{ .Values.database.secretName }}
    defaultMode: 0440
    items:
      - key: {{ .Values.database.secretKey }}
        path: url
- name: keys
  secret:
    secretName: {{ .Values.keys.secretName }}
    defaultMode: 0440
{{- end -}}

{{/* Volumes that a task's pod has too. */}}
{{- define "airflow.pod.workVolumes" -}}
- name: tmp
  emptyDir: {}
- name: logs
  emptyDir: {}
- name: bundles
  emptyDir: {}
{{- if .Values.connections.secretName }}
- name: connections
  secret:
    secretName: {{ .Values.connections.secretName }}
    defaultMode: 0440
{{- end }}
{{- end -}}
