{{/* What the controller says. */}}
{{- define "environments.crd.status" -}}
type: object
properties:
  phase:
    type: string
    description: "In one word: Pending, Progressing, Ready, Asleep, Degraded or Deleting."
    enum: [Pending, Progressing, Ready, Asleep, Degraded, Deleting]
  url:
    type: string
    description: Where its page is.
  namespace:
    type: string
    description: Where everything of it runs.
  observedGeneration:
    type: integer
    format: int64
    description: The generation of the spec that was applied last.
  commit:
    type: string
    description: The commit that Airflow has parsed.
  importErrors:
    type: array
    description: Files that Airflow cannot import.
    maxItems: 20
    items:
      type: object
      required: [file, message]
      properties:
        file:
          type: string
        message:
          type: string
          maxLength: 1000
  expiresAt:
    type: string
    format: date-time
    description: When it is deleted, unless somebody uses it.
  lastActivityAt:
    type: string
    format: date-time
    description: "When somebody last used it: made or changed it, began a DAG run, or did something in its page."
  usage:
    type: object
    description: What its pods have asked for so far.
    properties:
      cpuHours:
        type: number
      memoryGibHours:
        type: number
  conditions:
    type: array
    description: "Ready, Synced (with git), Progressing, Degraded and Expiring."
    maxItems: 10
    x-kubernetes-list-type: map
    x-kubernetes-list-map-keys: [type]
    items:
      type: object
      required: [type, status, reason, lastTransitionTime]
      properties:
        type:
          type: string
          maxLength: 63
        status:
          type: string
          enum: ["True", "False", Unknown]
        reason:
          type: string
          maxLength: 128
        message:
          type: string
          maxLength: 2000
        observedGeneration:
          type: integer
          format: int64
        lastTransitionTime:
          type: string
          format: date-time
{{- end -}}
