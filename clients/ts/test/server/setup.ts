/** Says what is missing before any test fails for it. */
export default function setup(): void {
  if (!process.env["RINGBACK_ENDPOINT"] || !process.env["RINGBACK_API_KEY"] || !process.env["RINGBACK_TEST_CONTROL"]) {
    throw new Error(
      "these tests need a server: run them by `scripts/with-server npm --prefix clients/ts run test:server`",
    );
  }
}
