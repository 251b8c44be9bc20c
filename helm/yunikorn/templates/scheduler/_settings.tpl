{{/* Settings of YuniKorn's beside the queues: keys of its ConfigMap. Source: k8shim, pkg/conf/schedulerconf.go. */}}
{{- define "yunikorn.settings" -}}
service.schedulingInterval: {{ .Values.scheduler.schedulingInterval | quote }}
{{- with .Values.placeholders }}
service.placeholderImage: {{ include "yunikorn.image" (dict "image" .image) | quote }}
# The Pod Security Standard wants a user, and an image need not name one.
service.placeholderRunAsUser: {{ .runAsUser | quote }}
service.placeholderRunAsGroup: {{ .runAsGroup | quote }}
{{- end }}
{{- if .Values.admissionController.enabled }}
{{- $namespaces := list }}
{{- range .Values.admissionController.namespaces }}
{{- $namespaces = append $namespaces (printf "^%s$" .) }}
{{- end }}
admissionController.webHook.amServiceName: yunikorn-admission-controller
admissionController.webHook.schedulerServiceAddress: yunikorn:9080
admissionController.filtering.processNamespaces: {{ join "," $namespaces | quote }}
{{- end }}
{{- end -}}
