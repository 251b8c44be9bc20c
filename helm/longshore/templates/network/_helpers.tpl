{{/* Who may come in, as entries of a NetworkPolicy's `from`. */}}

{{/* Airflow's namespaces: those that are named, and those that carry the label. */}}
{{- define "longshore.network.airflow" -}}
- namespaceSelector:
    matchLabels:
      longshore.dev/airflow: "true"
{{- with .Values.networkPolicies.airflowNamespaces }}
- namespaceSelector:
    matchExpressions:
      - { key: kubernetes.io/metadata.name, operator: In, values: {{ toJson . }} }
{{- end }}
{{- end -}}

{{/* The controller of environments, which makes their roles in the lake. */}}
{{- define "longshore.network.environments" -}}
- namespaceSelector:
    matchLabels:
      longshore.dev/airflow: "true"
  podSelector:
    matchLabels:
      app.kubernetes.io/name: environments
      app.kubernetes.io/component: controller
{{- end -}}

{{/* Pods of job runs, in the namespaces of jobs: those that carry the label, and those that are named. */}}
{{- define "longshore.network.jobs" -}}
- namespaceSelector:
    matchLabels:
      longshore.dev/jobs: "true"
  podSelector:
    {{- include "longshore.network.jobPods" . | nindent 4 }}
- namespaceSelector:
    matchExpressions:
      - { key: kubernetes.io/metadata.name, operator: In, values: {{ toJson .Values.jobs.namespaces }} }
  podSelector:
    {{- include "longshore.network.jobPods" . | nindent 4 }}
{{- end -}}

{{/* What all pods of job runs have, as of EMR on EKS itself. */}}
{{- define "longshore.network.jobPods" -}}
matchExpressions:
  - { key: emr-containers.amazonaws.com/job.id, operator: Exists }
{{- end -}}

{{/* One of our components. Takes (dict "root" $ "component" "server"). */}}
{{- define "longshore.network.component" -}}
- podSelector:
    matchLabels:
      {{- include "longshore.selectorLabels" . | nindent 6 }}
{{- end -}}

{{/* Whoever comes over a port of the nodes. Takes (dict "root" $ "service" .Values.server.service). */}}
{{- define "longshore.network.clients" -}}
{{- if ne .service.type "ClusterIP" }}
{{- range .root.Values.networkPolicies.clientCidrs }}
- ipBlock:
    cidr: {{ . }}
{{- end }}
{{- end }}
{{- end -}}

{{/* A rule of `egress` to one of our components. Takes (dict "root" $ "component" "s3" "port" 7070). */}}
{{- define "longshore.network.service" -}}
- to:
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: {{ .root.Release.Namespace }}
      podSelector:
        matchLabels:
          {{- include "longshore.selectorLabels" . | nindent 10 }}
  ports:
    - { protocol: TCP, port: {{ .port }} }
{{- end -}}
