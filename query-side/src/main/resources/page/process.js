// TanStack's core asks Node's `process` whether it is built for production. It is imported before that one.

globalThis.process ??= { env: { NODE_ENV: "production" } };
