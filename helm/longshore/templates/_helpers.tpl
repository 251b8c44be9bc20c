{{/* Labels of an object. Takes (dict "root" $ "component" "server"). */}}
{{- define "longshore.labels" -}}
{{ include "longshore.selectorLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: longshore
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* What selects a component's pods, which never changes. */}}
{{- define "longshore.selectorLabels" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* The full name of an image. Takes (dict "root" $ "image" .Values.….image). */}}
{{- define "longshore.image" -}}
{{- $name := .image.repository -}}
{{- with .image.registry -}}
{{- $name = printf "%s/%s" . $name -}}
{{- end -}}
{{- if .image.digest -}}
{{ $name }}@{{ .image.digest }}
{{- else -}}
{{ $name }}:{{ .image.tag | default .root.Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{/* How every pod of ours runs; with the container's part it passes the Pod Security Standard `restricted`. */}}
{{- define "longshore.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
# Volumes and mounted Secrets are given to this group.
fsGroup: 1000
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "longshore.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* Where pods are placed, and with which rank. Takes (dict "root" $ "values" .Values.server). */}}
{{- define "longshore.placement" -}}
{{- with .values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* env and envFrom of a container. Takes (dict "environment" {…} "secrets" […]). */}}
{{- define "longshore.environment" -}}
{{- with .environment }}
env:
  {{- range $name, $value := . }}
  - name: {{ $name }}
    value: {{ $value | quote }}
  {{- end }}
{{- end }}
{{- with .secrets }}
envFrom:
  {{- range . }}
  - secretRef:
      name: {{ . }}
  {{- end }}
{{- end }}
{{- end -}}

{{/*
A Service's spec with one port. Takes (dict "root" $ "component" "server" "name" "http" "port" 8998), and "service" with
.Values.server.service where it can be reached from outside.
*/}}
{{- define "longshore.serviceSpec" -}}
type: {{ (.service).type | default "ClusterIP" }}
selector:
  {{- include "longshore.selectorLabels" . | nindent 2 }}
ports:
  - name: {{ .name }}
    port: {{ .port }}
    targetPort: {{ .name }}
    {{- if (.service).nodePort }}
    {{- if eq .service.type "ClusterIP" }}
    {{- fail (printf "%[1]s.service.nodePort cannot be used with the type ClusterIP; use %[1]s.service.type=NodePort, or %[1]s.service.nodePort=0." .component) }}
    {{- end }}
    nodePort: {{ .service.nodePort }}
    {{- end }}
{{- end -}}

{{/* A component's disruption budget. Takes (dict "root" $ "component" … "name" … "values" …). */}}
{{- define "longshore.disruptionBudget" -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ .name }}
  labels:
    {{- include "longshore.labels" . | nindent 4 }}
spec:
  maxUnavailable: {{ .values.maxUnavailable }}
  selector:
    matchLabels:
      {{- include "longshore.selectorLabels" . | nindent 6 }}
{{- end -}}

{{/* The spec of a claim for a volume. Takes .Values.….storage. */}}
{{- define "longshore.claim" -}}
accessModes: [ReadWriteOnce]
{{- with .className }}
storageClassName: {{ . }}
{{- end }}
resources:
  requests:
    storage: {{ .size }}
{{- end -}}
