{{/* Labels of an object. Takes (dict "root" $ "component" "scheduler"). */}}
{{- define "airflow.labels" -}}
{{ include "airflow.selectorLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: longshore
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* What selects a component's pods, which never changes. */}}
{{- define "airflow.selectorLabels" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* The full name of the image. */}}
{{- define "airflow.image" -}}
{{- $name := .Values.image.repository -}}
{{- with .Values.image.registry -}}
{{- $name = printf "%s/%s" . $name -}}
{{- end -}}
{{- if .Values.image.digest -}}
{{ $name }}@{{ .Values.image.digest }}
{{- else -}}
{{ $name }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{/* Whether tasks run in a pod each; then the scheduler, and who shows logs, ask Kubernetes. */}}
{{- define "airflow.podPerTask" -}}
{{- if eq .Values.executor "KubernetesExecutor" }}true{{ else }}false{{ end -}}
{{- end -}}

{{/* A component's service account. Takes (dict "root" $ "component" "scheduler" "values" .Values.scheduler). */}}
{{- define "airflow.serviceAccount" -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ .root.Release.Name }}-{{ .component }}
  labels:
    {{- include "airflow.labels" . | nindent 4 }}
  {{- with .values.serviceAccount.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
# A pod that needs the token says so.
automountServiceAccountToken: false
{{- end -}}

{{/* A component's disruption budget. Takes (dict "root" $ "component" … "values" …). */}}
{{- define "airflow.disruptionBudget" -}}
{{- if gt (int .values.replicas) 1 -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ .root.Release.Name }}-{{ .component }}
  labels:
    {{- include "airflow.labels" . | nindent 4 }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      {{- include "airflow.selectorLabels" . | nindent 6 }}
{{- end -}}
{{- end -}}
