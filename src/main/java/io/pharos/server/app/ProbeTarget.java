package io.pharos.server.app;

import static java.util.Objects.requireNonNull;

import io.pharos.gate.observe.PairedProbing;
import io.pharos.probe.ProbeOutcome;
import io.pharos.probe.ProbeRunner;

/// The probes of the files, as the gate's paired probes ask them.
record ProbeTarget(ProbeRunner probes) implements PairedProbing.Target {
  ProbeTarget {
    requireNonNull(probes, "probes is null");
  }

  @Override
  public PairedProbing.Answer run(String probe) {
    return probes
        .once(probe)
        .map(
            result ->
                switch (result.outcome()) {
                  case ProbeOutcome.Success() -> new PairedProbing.Answer.Known(true);
                  case ProbeOutcome.Failure _ -> new PairedProbing.Answer.Known(false);
                  case ProbeOutcome.Unknown(_, String reason) ->
                      (PairedProbing.Answer) new PairedProbing.Answer.Unknown(reason);
                })
        .orElseGet(() -> new PairedProbing.Answer.Unknown("no probe is called \"" + probe + "\""));
  }
}
