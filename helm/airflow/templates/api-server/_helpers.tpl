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
