# SPDX-License-Identifier: Apache-2.0
"""Runs jobs side by side: as many as there are lanes, each after those it names, in the order of the list otherwise."""
import threading


class Job:
    """RUN returns whether what comes after it may run."""

    def __init__(self, name, run, after=(), alone=False):
        self.name, self.run, self.after, self.alone = name, run, tuple(after), alone


class Lanes:
    def __init__(self, jobs, ended):
        self.waiting = list(jobs)
        self.ended = dict(ended)  # name -> whether those after it may run
        self.changed = threading.Condition()
        self.failure = None

    def ready(self):
        """The next job that can start now, or None."""
        return next((job for job in self.waiting if all(name in self.ended for name in job.after)), None)

    def perform(self, job):
        for name in job.after:
            if not self.ended[name]:
                print(f"== {job.name}: left out, because {name} failed", flush=True)
                return False
        return bool(job.run())

    def lane(self):
        while True:
            with self.changed:
                while self.waiting and not self.failure and not (job := self.ready()):
                    self.changed.wait()
                if not self.waiting or self.failure:
                    return
                self.waiting.remove(job)
            well = False
            try:
                well = self.perform(job)
            except BaseException as why:  # pylint: disable=broad-exception-caught
                with self.changed:
                    self.failure = why
            with self.changed:
                self.ended[job.name] = well
                self.changed.notify_all()


def run(jobs, lanes):
    """Runs those that may share the machine, then one by one those that may not. A job whose predecessor failed is left out."""
    ended = {}
    for part, width in (([j for j in jobs if not j.alone], lanes), ([j for j in jobs if j.alone], 1)):
        state = Lanes(part, ended)
        threads = [threading.Thread(target=state.lane, daemon=True) for _ in range(width)]
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive():
                thread.join(0.5)  # so that a signal is heard
        if state.failure:
            raise state.failure
        ended = state.ended
