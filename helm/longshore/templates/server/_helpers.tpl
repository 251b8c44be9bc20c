{{/* releases.toml: what each releaseLabel means. JSON's strings and arrays are TOML's too. */}}
{{- define "longshore.server.releases" -}}
{{- $root := . -}}
{{- range $label, $release := .Values.releases }}
[{{ $label | toJson }}]
kind = {{ $release.kind | toJson }}
image = {{ include "longshore.image" (dict "root" $root "image" $release.image) | toJson }}
command = {{ $release.command | toJson }}
application_directory = {{ $release.applicationDirectory | toJson }}
driver_pod_template = {{ printf "%s.driver.yaml" $label | toJson }}
{{- if eq $release.kind "spark" }}
executor_pod_template = {{ printf "%s.executor.yaml" $label | toJson }}
{{- end }}
{{- with $release.sparkDefaults }}
[{{ $label | toJson }}.spark_defaults]
{{- range $key, $value := . }}
{{ $key | toJson }} = {{ toString $value | toJson }}
{{- end }}
{{- end }}
{{- with $release.environment }}
[{{ $label | toJson }}.environment]
{{- range $key, $value := . }}
{{ $key | toJson }} = {{ toString $value | toJson }}
{{- end }}
{{- end }}
{{ end -}}
{{- end -}}

{{/* The pod that the server puts under a driver or an executor. Takes (dict "root" $ "role" "driver" "values" {…}). */}}
{{- define "longshore.server.podTemplate" -}}
apiVersion: v1
kind: Pod
spec:
  {{- with include "longshore.placement" (dict "root" .root "values" .values) }}
  {{- trim . | nindent 2 }}
  {{- end }}
  containers:
    - name: spark-kubernetes-{{ .role }}
      imagePullPolicy: {{ .root.Values.imagePullPolicy }}
      {{- with include "longshore.environment" (dict "environment" dict "secrets" .values.environmentSecrets) }}
      {{- trim . | nindent 6 }}
      {{- end }}
      {{- with .values.resources }}
      resources:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- if or .values.mountedSecrets .values.optionalSecrets }}
      volumeMounts:
        {{- range $secret, $path := merge dict .values.mountedSecrets (.values.optionalSecrets | default dict) }}
        - name: {{ $secret }}
          mountPath: {{ $path }}
          readOnly: true
        {{- end }}
      {{- end }}
  volumes:
    # The server mounts it at /tmp, where a container's root file system cannot be written to.
    - name: tmp
      emptyDir:
        {{- toYaml .root.Values.jobs.emptyDirConfig | nindent 8 }}
    {{- range $secret, $path := .values.mountedSecrets }}
    - name: {{ $secret }}
      secret:
        secretName: {{ $secret }}
    {{- end }}
    {{- range $secret, $path := .values.optionalSecrets }}
    - name: {{ $secret }}
      secret:
        secretName: {{ $secret }}
        optional: true
        # Private keys are refused where others than the owner's group may read them.
        defaultMode: 0440
    {{- end }}
  {{- if .values.optionalSecrets }}
  securityContext:
    # Whatever user the image has, it may read those files.
    fsGroup: 1000
  {{- end }}
{{- end -}}
