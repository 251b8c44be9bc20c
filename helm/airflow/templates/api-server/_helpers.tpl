{{- define "airflow.apiServer.name" -}}
{{ .Release.Name }}-api-server
{{- end -}}

{{/* Where the other components and the tasks reach it. */}}
{{- define "airflow.apiServer.internalUrl" -}}
http://{{ include "airflow.apiServer.name" . }}:8080{{ .Values.apiServer.basePath }}
{{- end -}}

{{/* What asks neither the database nor for a password. */}}
{{- define "airflow.apiServer.versionPath" -}}
/api/v2/version
{{- end -}}

{{- define "airflow.apiServer.probe" -}}
httpGet:
  path: {{ .Values.apiServer.basePath }}{{ include "airflow.apiServer.versionPath" . }}
  port: http
timeoutSeconds: 10
{{- end -}}

{{/* The step of a component that comes after it: see images/airflow/app/await_api_server.py. */}}
{{- define "airflow.apiServer.awaited" -}}
- name: api-server
  {{- include "airflow.pod.container" . | nindent 2 }}
  args:
    - python
    - /opt/longshore/await_api_server.py
    - {{ include "airflow.apiServer.internalUrl" . }}{{ include "airflow.apiServer.versionPath" . }}
  resources:
    requests: {cpu: 10m, memory: 32Mi}
    limits: {memory: 128Mi}
{{- end -}}

{{/* The page of environments, as its variable: see images/airflow/page. Nobody but the API server has it. */}}
{{- define "airflow.apiServer.page" -}}
{{- with .Values.environments.page -}}
{{- if .enabled -}}
- name: AIRFLOW__LONGSHORE__ENVIRONMENTS_PAGE
  {{- $repositories := .repositories | default (list $.Values.dags.git.url) }}
  value: {{ dict "namespace" .namespace "repositories" $repositories "connections" .connections | toJson | quote }}
{{- end -}}
{{- end -}}
{{- end -}}
