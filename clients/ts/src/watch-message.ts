import type { Attempt, Job } from "./job.js";

/** What a message of a watch tells. `unknown`: a word that came after this version of the client. */
export type WatchMessageType =
  | "snapshot"
  | "job_created"
  | "job_updated"
  | "attempt_started"
  | "attempt_finished"
  | "retry_scheduled"
  | "job_completed"
  | "job_failed"
  | "job_cancelled"
  | "job_paused"
  | "job_resumed"
  | "checkpoint"
  | "unknown";

/** One message of a watch. Those of a job come in the order in which they happened, each once. */
export interface WatchMessage {
  /** What is told. */
  readonly type: WatchMessageType;
  /** Resumes after this message. Opaque; good for as long as the server keeps events (7 days by default). */
  readonly resumeToken: string;
  /** When it happened; of a snapshot or a checkpoint, when it was read. */
  readonly at: Date;
  /** The job as it stood after the change, without headers and bodies. Absent in a checkpoint. */
  readonly job?: Job;
  /** The execution that changed. Absent in a snapshot, in `job_cancelled` and in a checkpoint. */
  readonly executionId?: string;
  /** The attempt that began or ended, or that led to `retry_scheduled`, `job_completed` or `job_failed`. */
  readonly attempt?: Attempt;
}
