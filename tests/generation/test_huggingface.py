from evalsuite.generation.huggingface import load, locate
from evalsuite.generation.generator import Request
from evalsuite.records import *
def test_a(tiny_model, tiny_adapter):
    g = load(locate(str(tiny_model), str(tiny_adapter)), dtype="float32")
    g0 = load(locate(str(tiny_model)), dtype="float32")
    for x in (g, g0):
        p = Prompt("a", (Message("system", "hi"), Message("user", "What is 3+4?")))
        ids = x.encode(p)
        print(ids, x.stop_ids, x.pad_id, len(x.tokenizer))
        print(x.generate([Request("a", 0, ids, 5), Request("b", 0, ids[3:], 5)], Decoding(40), lambda n: None))
        print(x.generate([Request("a", 0, ids, 5), Request("b", 0, ids[3:], 5)], Decoding(40, 1.0), lambda n: None))
    import torch
    g = load(locate(str(tiny_model)), dtype="bfloat16")
    for n, b in g.model.named_buffers(): print(n, b.dtype)
    print(torch.cpu.get_capabilities())
def test_b(smollm2): print(smollm2)
