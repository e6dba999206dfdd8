import { Ringback } from "@ringback/client";

const ringback = new Ringback();
const labels = { team: "billing", run: Date.now().toString() };
const urls = ["https://example.com/a", "https://example.com/b", "https://example.com/c"];
await ringback.jobs.batchCreate(urls.map((url) => ({ url, delay: "24h", labels })));

for await (const job of ringback.jobs.list({ status: ["pending"], labels })) {
  console.log(`${job.id} ${job.url}`);
}
for await (const page of ringback.jobs.list({ labels, pageSize: 2 }).pages()) {
  console.log(`a page of ${page.items.length}, then ${page.nextPageToken ? "another" : "none"}`);
}
