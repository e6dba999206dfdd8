// Lists jobs, one by one and page by page.
import { Ringback } from "@ringback/client";

const ringback = new Ringback();
const labels = { team: "billing", run: Date.now().toString() };
const urls = ["https://example.com/a", "https://example.com/b", "https://example.com/c"];
await ringback.jobs.batchCreate(urls.map((url) => ({ url, delay: "24h", labels })));

for await (const job of ringback.jobs.list({ status: ["pending"], labels })) {
  console.log(`${job.id} ${job.url}`);
}
const page = await ringback.jobs.list({ labels, pageSize: 2 });
console.log(`${page.items.length} jobs; more with pageToken ${page.nextPageToken}`);
