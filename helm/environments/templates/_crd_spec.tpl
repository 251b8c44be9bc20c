{{/* What may be asked for. Lengths are bounded, or the rules would cost more than the API server lets them. */}}
{{- define "environments.crd.spec" -}}
type: object
required: [owner, git]
x-kubernetes-validations:
  - rule: "!(has(self.size) && has(self.resources))"
    message: spec.size cannot be used with spec.resources; use one of them.
properties:
  owner:
    type: string
    description: Whose it is, as Kubernetes knows them. It cannot be changed.
    minLength: 1
    maxLength: 63
    pattern: ^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$
    x-kubernetes-validations:
      - rule: self == oldSelf
        message: spec.owner cannot be changed; make an environment of their own for somebody else.
  git:
    type: object
    description: Where the DAGs come from.
    required: [url]
    x-kubernetes-validations:
      - rule: has(self.branch) != has(self.commit)
        message: spec.git needs either a branch or a commit, and not both.
    properties:
      url:
        type: string
        description: The repository, https://…, http://… or git://…, without a password.
        maxLength: 500
        pattern: ^(https|http|git)://[^\s"'\\$@/]+(/[^\s"'\\$]*)?$
      branch:
        type: string
        description: The branch to follow.
        minLength: 1
        maxLength: 200
        # What git refuses by itself, and what Airflow would put a variable in for. Source: git check-ref-format.
        x-kubernetes-validations:
          - rule: >-
              !self.startsWith('-') && !self.contains("'") && !self.matches(r'[\s~^:?*\[\\$"\x00-\x1f\x7f]')
            message: A branch here has no blank, quote, or one of ~^:?*[\$ in its name, and no - at its beginning.
          - rule: "!self.contains('..') && !self.contains('//') && !self.contains('@{')"
            message: "A branch of git's has no '..', '//' or '@{' in its name."
          - rule: "!self.startsWith('/') && !self.endsWith('/') && !self.endsWith('.') && !self.endsWith('.lock')"
            message: "A branch of git's neither begins with '/', nor ends with '/', '.' or '.lock'."
          - rule: "!self.startsWith('.') && !self.contains('/.')"
            message: "No part of a branch's name begins with '.'."
      commit:
        type: string
        description: The commit to keep to, by its full name.
        maxLength: 40
        pattern: ^[0-9a-f]{40}$
      subdir:
        type: string
        description: "The folder of DAGs in the repository; empty is all of it. Default: dags."
        maxLength: 200
        pattern: ^([^/\\$\s-][^\\$]*)?$
        x-kubernetes-validations:
          - rule: "!self.matches('(^|/)[.][.](/|$)')"
            message: spec.git.subdir must not lead out of the repository; leave the '..' out.
      credentialsSecret:
        type: string
        description: The Secret (type kubernetes.io/basic-auth) beside the object that opens a private repository.
        minLength: 1
        maxLength: 253
        pattern: ^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$
  ttl:
    {{- include "environments.crd.duration" "How long it lives without activity; each use renews it. Absent: for ever." | nindent 4 }}
  idle:
    {{- include "environments.crd.duration" "After how long without activity it is put to sleep. Absent: never." | nindent 4 }}
  size:
    type: string
    description: "What its jobs together may ask for (without YuniKorn: all its pods): small is 2 cores and 6 GiB, medium 4 and 16, large 16 and 64. Default: small."
    enum: [small, medium, large]
  resources:
    type: object
    description: The same, by amounts of one's own.
    required: [cpu, memory]
    properties:
      cpu:
        {{- include "environments.crd.quantity" . | nindent 8 }}
      memory:
        {{- include "environments.crd.quantity" . | nindent 8 }}
  image:
    type: string
    description: "What its Airflow runs in: registry/repository:tag, or @sha256:…. Default: the platform's image."
    minLength: 1
    maxLength: 400
    x-kubernetes-validations:
      - rule: self.matches(r'^[A-Za-z0-9][-A-Za-z0-9._:/]*(@sha256:[0-9a-f]{64})?$')
        message: "This is no image; write registry/repository:tag, or registry/repository@sha256:digest."
  queue:
    type: object
    description: What its jobs may have, where YuniKorn schedules them.
    properties:
      max:
        {{- include "environments.crd.quantities" "What they never exceed together, by resource." | nindent 8 }}
      guaranteed:
        {{- include "environments.crd.quantities" "What they get back from others, by resource." | nindent 8 }}
  connections:
    {{- include "environments.crd.names" "Connections of the platform's that its Airflow has, by name." | nindent 4 }}
  variables:
    {{- include "environments.crd.names" "Variables of the platform's that its Airflow has, by name." | nindent 4 }}
  config:
    type: object
    description: Airflow's settings by section and option, as text.
    maxProperties: 30
    additionalProperties:
      type: object
      maxProperties: 60
      additionalProperties:
        type: string
        maxLength: 4096
  asleep:
    type: boolean
    description: "Whether it shall sleep: no pods, and all data kept. Default: false."
  keepSchema:
    type: boolean
    description: "Whether the tables that its jobs wrote stay when it is deleted. Default: false."
{{- end -}}

{{- define "environments.crd.duration" -}}
type: string
description: {{ . | quote }}
minLength: 2
maxLength: 30
x-kubernetes-validations:
  - rule: self.matches('^([0-9]{1,4}d)?([0-9]{1,5}h)?([0-9]{1,6}m)?([0-9]{1,7}s)?$')
    message: "This is no time: write days, hours, minutes and seconds in this order, as in 72h or 1h30m."
  - rule: self.matches('[1-9]')
    message: This is no time at all; leave it out for none, or say how long, as in 72h.
{{- end -}}

{{- define "environments.crd.quantity" -}}
anyOf:
  - type: integer
  - type: string
maxLength: 20
pattern: ^[0-9]+([.][0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$
x-kubernetes-int-or-string: true
{{- end -}}

{{- define "environments.crd.quantities" -}}
type: object
description: {{ . | quote }}
maxProperties: 10
additionalProperties:
  {{- include "environments.crd.quantity" . | nindent 2 }}
{{- end -}}

{{- define "environments.crd.names" -}}
type: array
description: {{ . | quote }}
maxItems: 50
x-kubernetes-list-type: set
items:
  type: string
  minLength: 1
  maxLength: 200
  pattern: ^[A-Za-z0-9_.-]+$
{{- end -}}
