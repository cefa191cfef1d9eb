package io.pharos.server.app;

import static java.util.Objects.requireNonNull;

import io.pharos.ingest.probe.Outcome;
import io.pharos.ingest.probe.ProbeRunner;
import io.pharos.release.gate.PairedProbing;

/// The probes of the files, as the gate's paired probes ask them.
record ProbeTarget(ProbeRunner probes) implements PairedProbing.Target {
  ProbeTarget {
    requireNonNull(probes, "probes is null");
  }

  @Override
  public PairedProbing.Answer ask(String probe) {
    return probes
        .once(probe)
        .map(
            result ->
                switch (result.outcome()) {
                  case Outcome.Success() -> new PairedProbing.Answer.Known(true);
                  case Outcome.Failure _ -> new PairedProbing.Answer.Known(false);
                  case Outcome.Unknown(_, String reason) ->
                      (PairedProbing.Answer) new PairedProbing.Answer.Unknown(reason);
                })
        .orElseGet(() -> new PairedProbing.Answer.Unknown("no probe is called \"" + probe + "\""));
  }
}
