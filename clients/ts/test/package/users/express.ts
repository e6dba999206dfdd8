// A user's receiver in Express, of which only the types are checked: the middleware declares the delivery.
import express from "express";
import { expressMiddleware, Verifier } from "@ringback/client/webhook";

const app = express();
app.post("/hook", expressMiddleware(new Verifier([]), { maxBodyBytes: 1 }), (request, response) => {
  const id: string | undefined = request.delivery?.id;
  response.json({ id, attempt: request.delivery?.attempt });
});
