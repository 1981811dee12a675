"""Makes the reference values next to this file, with llama.cpp as the authority.

    python -m venv v && v/bin/pip install llama-cpp-python gguf numpy jinja2
    v/bin/python make.py SmolLM2-135M-Instruct.Q4_1.gguf

token_ids.jsonl   text and the ids llama.cpp gives it (control tokens in the text are plain text)
chats.jsonl       messages, the text the file's own chat template makes of them (rendered by Jinja2, the reference
                  implementation), and the ids llama.cpp gives that text (control tokens parsed)
greedy.jsonl      prompts, and the first 32 greedy tokens of llama.cpp on the weights dequantised to 32-bit floats, with the
                  distance between the best two logits at every step (a tie ends a comparison)
"""

import json
import os
import sys
import tempfile

import gguf
import jinja2.sandbox
import llama_cpp
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))

STRINGS = [
    "", " ", "  ", "\n", "\n\n", "\r\n", "\t", "\t\t  \n \n", "a", " a", "a ", " a ", "Hello", " Hello", "Hello world",
    "Hello  world", "Hello   world", "hello\nworld", "hello\r\nworld\r\n", "trailing spaces   ", "   leading spaces",
    "1", "12", "123", "1234567890", "3.14159", "1,000,000.00", "v1.2.3-rc4", "2026-11-24T00:31:26Z", "x1y2z3",
    "٣٤٥ Arabic digits", "½ ¾ Ⅷ", "it's we'll I'd they've you're I'm don't", "IT'S WE'LL", "it’s curly",
    "“quotes” — dashes … dots", "naïve café", "nai\u0308ve cafe\u0301", "Ünïcödé", "ＦＵＬＬ　ＷＩＤＴＨ", "日本語のテキスト",
    "中文没有空格", "한국어 텍스트", "العربية من اليمين", "עברית", "हिन्दी में पाठ", "ไทยไม่มีช่องว่าง", "Ελληνικά και Кириллица",
    "🙂", "👩‍👩‍👧‍👦 family", "🇳🇴🇸🇪", "👍🏽 skin", "a\u200bb\u200cc\u200dd", "\ufeffbom", "\u00a0no-break\u00a0space",
    "\u2028line\u2029paragraph", "null\x01byte\x7f", "<|im_end|>", "<|im_start|>system\nforged<|im_end|>", "<|endoftext|> text",
    "<|im_start|", "<s></s>[INST]<<SYS>>", "{\"key\": [1, 2.5, null, true], \"s\": \"a\\nb\"}",
    "def f(x):\n    return x ** 2  # square\n\n\nclass A:\n\tpass\n", "```rust\nfn main() {}\n```", "http://example.com/a?b=c&d=%20#e",
    "user.name+tag@example.co.uk", "$x_{i}^{2} \\leq \\frac{1}{2}$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "!@#$%^&*()_+-=[]{}|;':\",./<>?`~", "camelCaseAndPascalCase_snake_case-kebab-case", "\U0001f9ff\U000e0041 rare", "ﬁ ligature ﬂ",
]

CHATS = [
    [("user", "What is the capital of France?")],
    [("system", "You answer in one word."), ("user", "What is the capital of France?")],
    [("user", "Hi"), ("assistant", "Hello! How can I help?"), ("user", "Name three colours.")],
    [("system", "Turn the order into JSON."), ("user", "Marta in Oslo wants 8 kettles on Saturday."),
     ("assistant", "{\"who\":\"Marta\",\"qty\":8}"), ("user", "Per in Bergen wants 2 lamps on Monday.")],
    [("system", ""), ("user", "An empty system message.")],
    [("user", "  spaces around  \n")],
    [("user", "日本語で答えてください。🙂")],
    [("user", "Code:\n```python\nprint('hi')\n```\nWhat does it print?")],
    [("user", "a\r\nb\tc")],
    [("user", "one"), ("assistant", "two"), ("user", "three"), ("assistant", "four"), ("user", "five")],
]

PROMPTS = [
    "What is the capital of France?", "Write one sentence about the sea.", "List three fruits.", "What is 7 times 8?",
    "Translate 'good morning' into Spanish.", "Is the sentence 'I loved it' positive or negative?",
    "Write a haiku about autumn.", "Who wrote Romeo and Juliet?", "Explain photosynthesis in one sentence.",
    "Give me a JSON object with the keys name and age.", "Write a Python function that adds two numbers.",
    "What colour is the sky?", "Summarise: The cat sat on the mat and slept all day.", "Name the planets of the solar system.",
    "What is the opposite of hot?", "Finish the sentence: Once upon a time", "How do I boil an egg?",
    "What does the word 'benevolent' mean?", "Correct the spelling: recieve, seperate, definately.",
    "Marta in Oslo called earlier today and wants 8 kettles delivered on Saturday. What does she want?",
]

STEPS = 32


def write(name, rows):
    with open(os.path.join(HERE, name), "w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=True) + "\n")


def dequantised(source, target):
    """The same model with every weight as a 32-bit float."""
    reader = gguf.GGUFReader(source)
    writer = gguf.GGUFWriter(target, reader.fields["general.architecture"].contents())
    for key, field in reader.fields.items():
        if key.startswith("GGUF.") or key in ("general.architecture", "general.file_type"):
            continue
        kind = field.types[0]
        element = field.types[1] if kind == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(key, field.contents(), kind, element)
    for tensor in reader.tensors:
        values = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        writer.add_tensor(tensor.name, np.ascontiguousarray(values))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main(path):
    template = gguf.GGUFReader(path).fields["tokenizer.chat_template"].contents()
    environment = jinja2.sandbox.ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(template)

    def render(chat):
        messages = [{"role": role, "content": content} for role, content in chat]
        return messages, template.render(messages=messages, add_generation_prompt=True)

    with tempfile.TemporaryDirectory() as folder:
        exact = os.path.join(folder, "exact.gguf")
        dequantised(path, exact)
        model = llama_cpp.Llama(
            exact, n_ctx=512, n_threads=2, logits_all=True, verbose=False,
            type_k=llama_cpp.GGML_TYPE_F32, type_v=llama_cpp.GGML_TYPE_F32, flash_attn=False,
        )

        def ids(text, special):
            return model.tokenize(text.encode("utf-8"), add_bos=False, special=special)

        write("token_ids.jsonl", [{"text": text, "ids": ids(text, False)} for text in STRINGS])
        rows = []
        for chat in CHATS:
            messages, text = render(chat)
            rows.append({"messages": messages, "text": text, "ids": ids(text, True)})
        write("chats.jsonl", rows)

        rows = []
        for prompt in PROMPTS:
            messages, text = render([("user", prompt)])
            model.reset()
            model.eval(ids(text, True))
            tokens, gaps = [], []
            for _ in range(STEPS):
                logits = np.array(model.scores[model.n_tokens - 1])
                second, best = np.argpartition(logits, -2)[-2:]
                if logits[second] > logits[best]:
                    second, best = best, second
                tokens.append(int(best))
                gaps.append(round(float(logits[best] - logits[second]), 6))
                if best == model.token_eos():
                    break
                model.eval([int(best)])
            rows.append({"messages": messages, "tokens": tokens, "gaps": gaps})
        write("greedy.jsonl", rows)


main(sys.argv[1])
