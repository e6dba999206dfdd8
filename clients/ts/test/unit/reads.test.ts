import { expect, it } from "vitest";
import { clientOf } from "./fake.js";

it("an execution is read by its id, and names its job", async () => {
  const client = clientOf({ getExecution: ({ id }) => ({ id, jobId: "job_1" }) });
  expect(await client.jobs.execution("exec_1")).toMatchObject({ id: "exec_1", jobId: "job_1" });
});

it("secrets are read by their texts", async () => {
  const listSigningSecrets = () => ({ signingSecrets: [{ secret: "whsec_b" }, { secret: "whsec_a" }] });
  expect(await clientOf({}, {}, { listSigningSecrets }).signingSecrets.secrets()).toEqual(["whsec_b", "whsec_a"]);
});
