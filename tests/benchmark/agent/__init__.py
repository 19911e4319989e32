"""A small support agent for a bicycle shop: the code this project's own benchmark suite measures.

A question comes in with a signed session. `support.SupportAgent` checks who asks (`sessions`) and what they may see
(`authorization`, or a real server through `openfga`), loads what the model should read (`context`, from `database`),
asks the model (`language_model`), answers its tool call from the database, asks again, and stores the answer.
`shop` is the world it works in, made from a seed: every run measures the same customers, articles and questions.
"""
