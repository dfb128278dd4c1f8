"""Writes a log whose every text tries to run as code in a page: names of agents, roles, posts, reasons, scenario, file.

    python3 scripts/hostile_log.py FOLDER
"""

import json
import os
import sys

FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "fixtures")
with open(os.path.join(FIXTURES, "hostile.json"), encoding="utf-8") as file:
    PAYLOADS = json.load(file)["markup"]


class Log:
    def __init__(self, path):
        self.file, self.seq = open(path, "w", encoding="utf-8"), 0

    def line(self, line_type, epoch, step, /, **fields):
        head = {"seq": self.seq, "type": line_type, "epoch": epoch, "step": step, "event": self.seq}
        self.seq += 1
        text = json.dumps({**head, **fields}, ensure_ascii=False, separators=(",", ":"))
        self.file.write(text.replace("\x7f", "") + "\n")


def write(path, scenario):
    log = Log(path)
    log.line("simulation_started", 0, 0, schema=1, engine=1, seed="<b>1</b>", scenario={
        "scenario_id": scenario, "description": PAYLOADS[1], PAYLOADS[2]: PAYLOADS[3],
        "environment": {"kind": PAYLOADS[4]}, "simulation": {"epochs": 2, "steps_per_epoch": 1}})
    for payload in PAYLOADS:
        log.line("agent_registered", 0, 0, agent=payload, kind=payload, role=payload)
    for at, payload in enumerate(PAYLOADS):
        other = PAYLOADS[(at + 1) % len(PAYLOADS)]
        log.line("post_created", 0, 0, post=f"p{at}", author=payload, content=payload)
        log.line("interaction", 0, 0, id=payload, kind=payload, opened=0, initiator=payload, counterparty=other, accepted=True,
                 task_progress_delta=0.5, rework_count=0, verifier_rejections=0, tool_misuse_flags=0,
                 counterparty_engagement_delta=0.0, v_hat=0.5, p=0.5, tau=0.0, c_a=0.0, c_b=0.0, r_a=0.0, r_b=0.0, pi_a=0.5,
                 pi_b=0.5, levers=[payload], ground_truth=1)
        log.line("action_refused", 0, 0, agent=payload, tool=payload, reason=payload, detail=payload)
        log.line("governance_freeze", 0, 0, lever=payload, agent=payload, until_epoch=1)
    for epoch in range(2):
        log.line("epoch_completed", epoch, 0, metrics={"toxicity_rate": 0.5}, kinds={payload: {
            "agents": 1, "payoff": 0.0, "reputation": 0.0, "balance": 0.0} for payload in PAYLOADS[:5]}, env={PAYLOADS[1]: 0.5})
    log.file.close()


if __name__ == "__main__":
    folder = sys.argv[1]
    # A file's name can hold anything but a slash: it is a name in addresses too.
    name = PAYLOADS[1].replace("/", "") + ".jsonl"
    write(os.path.join(folder, name), PAYLOADS[0])
    print(f"{len(PAYLOADS)} hostile texts in {name}")
