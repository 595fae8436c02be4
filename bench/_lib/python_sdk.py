"""Measures the Python SDK for the benchmarks: `python_sdk.py check|import|deltas|start|turn [ARGUMENT]...`."""
import json
import resource
import sys
import time


def sample(work):
    wall, cpu = time.perf_counter(), time.process_time()
    found = work() or {}
    taken = {"wallMs": (time.perf_counter() - wall) * 1e3, "value": (time.process_time() - cpu) * 1e3}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
    print(json.dumps({**taken, **found, "peakMb": peak}), flush=True)


def load():
    import openai_codex  # noqa: F401


def read(thread):
    events = letters = 0
    for event in thread.turn("go").stream():
        if event.method == "item/agentMessage/delta":
            events += 1
            letters += len(event.payload.delta)
    return {"events": events, "letters": letters}


def main(command, *arguments):
    if command == "check":
        from importlib.metadata import version
        import pydantic, packaging  # noqa: E401, F401

        return 0 if version("openai-codex") == arguments[0] else 1
    if command == "import":
        return sample(load)
    from openai_codex import Codex
    from openai_codex.client import CodexConfig

    if command == "deltas":
        with Codex(CodexConfig(launch_args_override=arguments)) as codex:
            thread = codex.thread_start()
            return sample(lambda: read(thread))
    config = CodexConfig(**json.loads(arguments[0]))
    if command == "start":
        for _ in sys.stdin:
            opened = []
            sample(lambda: opened.append(Codex(config)))
            opened[0].close()
    else:
        with Codex(config) as codex:
            thread = codex.thread_start()
            for _ in sys.stdin:
                sample(lambda: {"text": thread.run("go").final_response})


sys.exit(main(*sys.argv[1:]))
