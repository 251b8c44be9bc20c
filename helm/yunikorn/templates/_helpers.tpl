{{/* Labels of an object. Takes (dict "root" $ "component" "scheduler"). */}}
{{- define "yunikorn.labels" -}}
{{ include "yunikorn.selectorLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: longshore
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* What selects a component's pods, which never changes. */}}
{{- define "yunikorn.selectorLabels" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* The name of what has no namespace. Takes (dict "root" $ "component" "scheduler"). */}}
{{- define "yunikorn.clusterName" -}}
{{ .root.Release.Namespace }}-{{ .root.Release.Name }}-{{ .component }}
{{- end -}}

{{/* The full name of an image. Takes (dict "image" .Values.….image "tag" the tag where it says none). */}}
{{- define "yunikorn.image" -}}
{{- $name := .image.repository -}}
{{- with .image.registry -}}
{{- $name = printf "%s/%s" . $name -}}
{{- end -}}
{{- if .image.digest -}}
{{ $name }}@{{ .image.digest }}
{{- else -}}
{{ $name }}:{{ .image.tag | default .tag }}
{{- end -}}
{{- end -}}

{{/* How every pod of ours runs; with the container's part it passes the Pod Security Standard `restricted`. */}}
{{- define "yunikorn.podSecurityContext" -}}
runAsNonRoot: true
# As YuniKorn's images say themselves. They hold one static program, which writes no file.
runAsUser: 4444
runAsGroup: 4444
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "yunikorn.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* Environment variables of both programs. */}}
{{- define "yunikorn.environment" -}}
# Where they look for the ConfigMap.
- name: NAMESPACE
  valueFrom:
    fieldRef:
      fieldPath: metadata.namespace
# Go frees memory in time before the limit.
- name: GOMEMLIMIT
  valueFrom:
    resourceFieldRef:
      resource: limits.memory
{{- end -}}

{{/* Where pods are placed, and with which rank. Takes (dict "root" $ "values" .Values.scheduler). */}}
{{- define "yunikorn.placement" -}}
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

{{/* A component's disruption budget. Takes (dict "root" $ "component" … "name" … "values" …). */}}
{{- define "yunikorn.disruptionBudget" -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ .name }}
  labels:
    {{- include "yunikorn.labels" . | nindent 4 }}
spec:
  maxUnavailable: {{ .values.maxUnavailable }}
  selector:
    matchLabels:
      {{- include "yunikorn.selectorLabels" . | nindent 6 }}
{{- end -}}
