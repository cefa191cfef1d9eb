package io.pharos.adopt.init;

import io.pharos.probe.ProbeConfig;
import io.pharos.probe.ProbeFile;
import io.pharos.probe.ProbeOutcome;
import io.pharos.probe.protocol.Prober;
import java.net.URI;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/// The result of one run of a service's probe.
///
/// @param code the field of the answer that the probe shall check; empty if it has none
/// @param found lines about the answer
/// @param notes sentences about missing things and their consequences
record TrialProbe(Optional<AnswerCode> code, List<String> found, List<String> notes) {
  TrialProbe {
    found = List.copyOf(found);
    notes = List.copyOf(notes);
  }

  /// Runs the probe once.
  ///
  /// @param files files of the service that are never written
  static TrialProbe run(NewService service, ServiceFiles files, InstantSource clock) {
    if (service.probe().isEmpty()) {
      return noted(
          "There is no probe, so an outage is detected only by failing scrapes, not by a check from outside."
              + " Set --probe=URL, a URL that answers with a status 2xx while the service works.");
    }
    URI url = service.probe().get();
    ProbeConfig config =
        ProbeFile.parse("probe", files.trialProbe(), service.folder().resolve("probes")).getFirst();
    try (var prober = new Prober(clock)) {
      var result = prober.probe(config);
      return switch (result.outcome()) {
        case ProbeOutcome.Success() ->
            answered(service.job(), url, AnswerCode.of(result.seen().info()));
        case ProbeOutcome.Failure(String reason) ->
            noted(
                "The probe fails now; ServiceProbeFailing will fire until it succeeds: " + reason);
        case ProbeOutcome.Unknown(_, String reason) -> noted("The probe could not run: " + reason);
      };
    }
  }

  private static TrialProbe noted(String note) {
    return new TrialProbe(Optional.empty(), List.of(), List.of(note));
  }

  private static TrialProbe answered(String job, URI url, Optional<AnswerCode> code) {
    Optional<AnswerCode> good = code.filter(AnswerCode::isGood);
    String with = good.map(it -> ", with " + it).orElse("");
    String note =
        code.map(
                it ->
                    ("The probe's answer has %s, which is not known to mean success; if it does, add"
                            + " envelope or json to probes/%s.yml.")
                        .formatted(it, job))
            .orElse(
                "The probe checks only the status. If errors can have the status 200, set --probe to a"
                    + " URL whose JSON answer has a code, such as {\"code\": 0}.");
    return new TrialProbe(
        good,
        List.of("probe       %s answers as expected%s".formatted(url, with)),
        good.isPresent() ? List.of() : List.of(note));
  }
}
