// The official Node client, unchanged, with files and batches. Prints one JSON object.
import { File } from "node:buffer";
import OpenAI, { toFile } from "openai";

globalThis.File ??= File;  // Node 18 has it, and the client looks for it among the globals.

const client = new OpenAI({ baseURL: process.env.KAPOK_BASE_URL, apiKey: process.env.KAPOK_KEY });
const url = "/v1/chat/completions";
const lines = Array.from({ length: 6 }, (_, number) => JSON.stringify({
  custom_id: `请求-${number}`, method: "POST", url,
  body: { model: "tiny", temperature: 0, max_tokens: 40,
          messages: [{ role: "user", content: "What is the capital of France?" }] },
})).join("\n") + "\n";

const file = await client.files.create({
  file: await toFile(Buffer.from(lines), "batch.jsonl"), purpose: "batch",
  expires_after: { anchor: "created_at", seconds: 3600 },
});
const kept = await client.files.retrieve(file.id);
const content = await (await client.files.content(file.id)).text();
let batch = await client.batches.create({
  input_file_id: file.id, endpoint: url, completion_window: "24h",
});
const deadline = Date.now() + 60_000;
while (!["completed", "failed", "expired", "cancelled"].includes(batch.status)) {
  if (Date.now() > deadline) throw new Error(JSON.stringify(batch));
  await new Promise((resolve) => setTimeout(resolve, 200));
  batch = await client.batches.retrieve(batch.id);
}
const outputs = (await (await client.files.content(batch.output_file_id)).text())
  .trim().split("\n").map((text) => JSON.parse(text));
const files = [];
for await (const item of client.files.list({ limit: 1 })) files.push(item.id);
const batches = [];
for await (const item of client.batches.list({ limit: 1 })) batches.push(item.id);
let refusal = null;
try {
  await client.files.retrieve("file_none");
} catch (error) {
  refusal = { status: error.status, name: error.constructor.name };
}
const deleted = await client.files.delete(file.id);
console.log(JSON.stringify({
  same: content === lines, bytes: kept.bytes, lifetime: kept.expires_at - kept.created_at,
  status: batch.status, counts: batch.request_counts, error_file: batch.error_file_id,
  outputs, files: files.includes(file.id), batches: batches.includes(batch.id), refusal,
  deleted: deleted.deleted,
}));
