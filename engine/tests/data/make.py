"""Makes the small random models next to this file, and llama.cpp's logits for them.

    python -m venv v && v/bin/pip install llama-cpp-python gguf numpy
    v/bin/python make.py

tiny-llama.gguf    what most tests run on: tied embeddings, weights in several number formats
tiny-llama3.gguf   an output layer of its own, rotary factors, a begin-of-text token
tiny-qwen2.gguf    biases on queries, keys and values
tiny-qwen3.gguf    normalised queries and keys, heads wider than width / heads
tiny.jsonl         per model: tokens, and the logits after the last one at 32-bit precision
"""

import json
import os

import gguf
import llama_cpp
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
CHATML = (
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
LLAMA3 = (
    "{{ bos_token }}{% for message in messages %}{% if message.role not in ['system', 'user', 'assistant'] %}"
    "{{ raise_exception('unknown role ' + message.role) }}{% endif %}"
    "<|start_header_id|>{{ message['role'] }}<|end_header_id|>\n\n{{ message['content'] | trim }}<|eot_id|>{% endfor %}"
    "{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}"
)
MERGES = ["t h", "Ġ t", "h e", "Ġ a", "th e", "Ġt he", "i n", "e r", "o n", "Ġ w", "w o", "r l", "wo rl", "worl d", "l l", "H e", "He ll", "Hell o"]


def bytes_to_unicode():
    """GPT-2's spelling of bytes."""
    kept = list(range(0x21, 0x7F)) + list(range(0xA1, 0xAD)) + list(range(0xAE, 0x100))
    spelled = {byte: chr(byte) for byte in kept}
    for byte in range(256):
        if byte not in spelled:
            spelled[byte] = chr(256 + len(spelled) - len(kept))
    return [spelled[byte] for byte in range(256)]


def make(name, arch, pre, seed, layers, width, heads, kv_heads, head_size, inner, controls, template, kinds):
    random = np.random.default_rng(seed)
    path = os.path.join(HERE, name + ".gguf")
    writer = gguf.GGUFWriter(path, arch)
    writer.add_name(name)
    writer.add_block_count(layers)
    writer.add_context_length(256)
    writer.add_embedding_length(width)
    writer.add_feed_forward_length(inner)
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    writer.add_rope_freq_base(10000.0)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_key_length(head_size)
    writer.add_value_length(head_size)
    if arch == "llama":
        writer.add_rope_dimension_count(head_size)
    tokens = controls + bytes_to_unicode() + [merge.replace(" ", "") for merge in MERGES]
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre)
    writer.add_token_list(tokens)
    writer.add_token_types([3] * len(controls) + [1] * (len(tokens) - len(controls)))
    writer.add_token_merges(MERGES)
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(1)
    writer.add_add_bos_token(arch == "llama" and pre == "llama-bpe")
    writer.add_chat_template(template)

    def add(tensor, shape, kind, spread=1.0):
        values = (random.standard_normal(shape) * spread).astype(np.float32)
        writer.add_tensor(tensor, gguf.quants.quantize(values, kind), raw_dtype=kind)

    kind = iter(lambda: kinds[random.integers(len(kinds))], None)
    f32 = gguf.GGMLQuantizationType.F32
    add("token_embd.weight", (len(tokens), width), gguf.GGMLQuantizationType.Q8_0)
    if name == "tiny-llama3":
        add("output.weight", (len(tokens), width), gguf.GGMLQuantizationType.F16)
        writer.add_tensor("rope_freqs.weight", np.linspace(1, 8, head_size // 2, dtype=np.float32))
    for layer in range(layers):
        def linear(part, outputs, inputs):
            add(f"blk.{layer}.{part}.weight", (outputs, inputs), next(kind), 1.5 / np.sqrt(inputs))

        def norm(part, size):
            values = 1 + random.standard_normal(size).astype(np.float32) / 4
            writer.add_tensor(f"blk.{layer}.{part}.weight", values.astype(np.float32))

        norm("attn_norm", width)
        linear("attn_q", heads * head_size, width)
        linear("attn_k", kv_heads * head_size, width)
        linear("attn_v", kv_heads * head_size, width)
        linear("attn_output", width, heads * head_size)
        norm("ffn_norm", width)
        linear("ffn_gate", inner, width)
        linear("ffn_up", inner, width)
        linear("ffn_down", width, inner)
        if arch == "qwen2":
            add(f"blk.{layer}.attn_q.bias", (heads * head_size,), f32)
            add(f"blk.{layer}.attn_k.bias", (kv_heads * head_size,), f32)
            add(f"blk.{layer}.attn_v.bias", (kv_heads * head_size,), f32)
        if arch == "qwen3":
            norm("attn_q_norm", head_size)
            norm("attn_k_norm", head_size)
    writer.add_tensor("output_norm.weight", (1 + random.standard_normal(width) / 4).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path, len(tokens)


def dequantised(source, target):
    """The same model with every weight as a 32-bit float, so that llama.cpp rounds nothing either."""
    reader = gguf.GGUFReader(source)
    writer = gguf.GGUFWriter(target, reader.fields["general.architecture"].contents())
    for key, field in reader.fields.items():
        if key.startswith("GGUF.") or key == "general.architecture":
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


def main():
    kind = gguf.GGMLQuantizationType
    chatml = ["<|im_start|>", "<|im_end|>", "<|endoftext|>"]
    llama3 = ["<|begin_of_text|>", "<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>"]
    mixed = [kind.Q8_0, kind.Q4_1, kind.Q4_0, kind.Q5_0, kind.F16]
    models = [
        make("tiny-llama", "llama", "smollm", 1, 3, 64, 4, 2, 16, 96, chatml, CHATML, mixed),
        make("tiny-llama3", "llama", "llama-bpe", 2, 2, 32, 4, 2, 8, 64, llama3, LLAMA3, [kind.F16]),
        make("tiny-qwen2", "qwen2", "qwen2", 3, 2, 32, 4, 2, 8, 64, chatml, CHATML, [kind.F16]),
        make("tiny-qwen3", "qwen3", "qwen2", 4, 2, 32, 4, 2, 16, 64, chatml, CHATML, [kind.F16]),
    ]
    with open(os.path.join(HERE, "tiny.jsonl"), "w", encoding="utf-8", newline="\n") as file:
        for path, vocabulary in models:
            exact = path + ".exact"
            dequantised(path, exact)
            model = llama_cpp.Llama(
                exact, n_ctx=256, n_threads=1, logits_all=True, verbose=False,
                type_k=llama_cpp.GGML_TYPE_F32, type_v=llama_cpp.GGML_TYPE_F32, flash_attn=False,
            )
            tokens = [(position * 37 + 11) % vocabulary for position in range(150)]
            model.eval(tokens)
            logits = [round(float(logit), 5) for logit in model.scores[model.n_tokens - 1]]
            row = {"file": os.path.basename(path), "tokens": tokens, "logits": logits}
            file.write(json.dumps(row) + "\n")
            os.remove(exact)


main()
