import type { Attempt, Job } from "./job.js";

/** What a message of a watch tells. `unknown`: a word that came after this version of the client. */
export type WatchMessageType = WatchMessage["type"];

/** One message of a watch, by its `type`. Those of a job come in the order in which they happened, each once. */
export type WatchMessage =
  StateMessage | ExecutionMessage | AttemptMessage | ChangeMessage | CheckpointMessage | UnknownMessage;

/** What all messages have. */
interface Message {
  /** Resumes after this message. Opaque; good for as long as the server keeps events (7 days by default). */
  readonly resumeToken: string;
  /** When it happened; of a snapshot or a checkpoint, when it was read. */
  readonly at: Date;
}

/** Tells how a job stands, or that it was cancelled. */
export interface StateMessage extends Message {
  readonly type: "snapshot" | "job_cancelled";
  /** The job as it stood after the change, without headers and bodies. */
  readonly job: Job;
  readonly executionId?: undefined;
  readonly attempt?: undefined;
}

/** Tells that a job was created. */
export interface ExecutionMessage extends Message {
  readonly type: "job_created";
  /** The job as it stood after the change, without headers and bodies. */
  readonly job: Job;
  /** Its first execution. */
  readonly executionId: string;
  readonly attempt?: undefined;
}

/** Tells of an attempt, and what followed from it. */
export interface AttemptMessage extends Message {
  readonly type: "attempt_started" | "attempt_finished" | "retry_scheduled" | "job_completed" | "job_failed";
  /** The job as it stood after the change, without headers and bodies. */
  readonly job: Job;
  /** The execution that changed. */
  readonly executionId: string;
  /** The attempt that began or ended, or that led to `retry_scheduled`, `job_completed` or `job_failed`. */
  readonly attempt: Attempt;
}

/** Tells that a job was changed by its owner. Not sent yet. */
export interface ChangeMessage extends Message {
  readonly type: "job_updated" | "job_paused" | "job_resumed";
  /** The job as it stood after the change, without headers and bodies. */
  readonly job: Job;
  readonly executionId?: string;
  readonly attempt?: undefined;
}

/** Tells where a watch stands. Comes only to those who ask for `checkpoints`. */
export interface CheckpointMessage extends Message {
  readonly type: "checkpoint";
  readonly job?: undefined;
  readonly executionId?: undefined;
  readonly attempt?: undefined;
}

/** Tells something that came after this version of the client. */
export interface UnknownMessage extends Message {
  readonly type: "unknown";
  readonly job?: Job;
  readonly executionId?: string;
  readonly attempt?: Attempt;
}
