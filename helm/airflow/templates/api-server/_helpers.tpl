{{- define "airflow.apiServer.name" -}}
{{ .Release.Name }}-api-server
{{- end -}}

{{/* Where the other components and the tasks reach it. */}}
{{- define "airflow.apiServer.internalUrl" -}}
http://{{ include "airflow.apiServer.name" . }}:8080{{ .Values.apiServer.basePath }}
{{- end -}}

{{/* A probe that asks neither the database nor for a password. */}}
{{- define "airflow.apiServer.probe" -}}
httpGet:
  path: {{ .Values.apiServer.basePath }}/api/v2/version
  port: http
timeoutSeconds: 10
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
