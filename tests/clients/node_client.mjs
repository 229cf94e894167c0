// The official Node client, unchanged. Prints one JSON object with what it got.
import OpenAI from "openai";

const client = new OpenAI({ baseURL: process.env.KAPOK_BASE_URL, apiKey: process.env.KAPOK_KEY });
const question = [{ role: "user", content: "What is the capital of France?" }];

const plain = await client.chat.completions.create({
  model: "tiny", messages: question, temperature: 0,
});
const stream = await client.chat.completions.create({
  model: "tiny", messages: question, temperature: 0, stream: true,
  stream_options: { include_usage: true },
});
let streamed = "";
let usage = null;
for await (const chunk of stream) {
  streamed += chunk.choices[0]?.delta?.content ?? "";
  usage = chunk.usage ?? usage;
}
const embedding = await client.embeddings.create({ model: "tiny", input: ["Hello", "你好"] });
const models = await client.models.list();
let refusal = null;
try {
  await client.chat.completions.create({ model: "none", messages: question });
} catch (error) {
  refusal = { status: error.status, code: error.code, name: error.constructor.name };
}
console.log(JSON.stringify({
  plain: plain.choices[0].message.content,
  usage: plain.usage,
  streamed,
  stream_usage: usage,
  dimensions: embedding.data.map((item) => item.embedding.length),
  models: models.data.map((model) => model.id),
  refusal,
}));
