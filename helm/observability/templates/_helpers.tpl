{{/* Labels of an object. Takes (dict "root" $ "component" "metrics"). */}}
{{- define "observability.labels" -}}
{{ include "observability.selectorLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: longshore
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* What selects a component's pods, which never changes. */}}
{{- define "observability.selectorLabels" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* The name of an object without a namespace. Takes (dict "root" $ "component" "metrics"). */}}
{{- define "observability.clusterName" -}}
{{ .root.Release.Namespace }}-{{ .root.Release.Name }}-{{ .component }}
{{- end -}}

{{/* The full name of an image. Takes .Values.….image. */}}
{{- define "observability.image" -}}
{{- $name := .repository -}}
{{- with .registry -}}
{{- $name = printf "%s/%s" . $name -}}
{{- end -}}
{{- if .digest -}}
{{ $name }}@{{ .digest }}
{{- else -}}
{{ $name }}:{{ .tag }}
{{- end -}}
{{- end -}}

{{/* How every pod runs except the collector's; with the container's part it passes the standard `restricted`. */}}
{{- define "observability.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
# Volumes and mounted Secrets belong to this group.
fsGroup: 1000
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "observability.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* Where pods are placed, and with which rank. Takes (dict "root" $ "values" .Values.metrics). */}}
{{- define "observability.placement" -}}
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

{{/* Go frees memory in time before the limit. */}}
{{- define "observability.memoryLimit" -}}
- name: GOMEMLIMIT
  valueFrom:
    resourceFieldRef:
      resource: limits.memory
{{- end -}}

{{/* Probes of an HTTP port. Takes (dict "path" "/health" "port" "http"). */}}
{{- define "observability.probes" -}}
startupProbe:
  httpGet: { path: {{ .path }}, port: {{ .port }} }
  periodSeconds: 2
  failureThreshold: 90
readinessProbe:
  httpGet: { path: {{ .path }}, port: {{ .port }} }
  periodSeconds: 10
  timeoutSeconds: 5
livenessProbe:
  httpGet: { path: {{ .path }}, port: {{ .port }} }
  periodSeconds: 30
  timeoutSeconds: 10
  failureThreshold: 6
{{- end -}}

{{/* The claim of a StatefulSet's volume `data`. Takes .Values.….storage. */}}
{{- define "observability.claim" -}}
- metadata:
    name: data
  spec:
    accessModes: [ReadWriteOnce]
    {{- with .className }}
    storageClassName: {{ . }}
    {{- end }}
    resources:
      requests:
        storage: {{ .size }}
{{- end -}}

{{/* A Service's spec. Takes (dict "root" $ "component" "metrics" "ports" (dict "http" 8428)). */}}
{{- define "observability.serviceSpec" -}}
selector:
  {{- include "observability.selectorLabels" . | nindent 2 }}
ports:
  {{- range $name, $port := .ports }}
  - name: {{ $name }}
    port: {{ $port }}
    targetPort: {{ $name }}
  {{- end }}
{{- end -}}
