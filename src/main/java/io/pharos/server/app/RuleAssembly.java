package io.pharos.server.app;

import io.pharos.alerting.alert.AlertSink;
import io.pharos.cli.serve.ServeOptions;
import io.pharos.rules.EarlyEvaluation;
import io.pharos.rules.RuleContext;
import io.pharos.rules.RuleFile;
import io.pharos.rules.RuleManager;
import io.pharos.rules.RuleOptions;
import io.pharos.rules.RuleSettings;
import io.pharos.rules.gap.GapFills;
import io.pharos.storage.ArrivalListener;
import io.pharos.trouble.ObservationGaps;
import io.pharos.tsdb.Tsdb;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Builds the evaluation of rules.
final class RuleAssembly {
  private static final Logger LOG = LoggerFactory.getLogger(RuleAssembly.class);

  private final ServeOptions options;
  private final Optional<EarlyEvaluation> early;
  final RuleManager manager;

  /// @param alerts receives the alerts that the rules raise
  RuleAssembly(Foundation base, EngineAssembly engines, Tsdb tsdb, AlertSink alerts) {
    options = base.options();
    early = earlyEvaluation(base);
    manager =
        base.closing()
            .add(
                new RuleManager(
                    new RuleContext(
                        engines.ruleEvaluator,
                        engines.logs,
                        engines.results,
                        tsdb,
                        alerts,
                        base.clock(),
                        base.registry(),
                        new RuleOptions(
                            options.resendDelay(),
                            RuleOptions.DEFAULT.forGracePeriod(),
                            RuleOptions.DEFAULT.outageTolerance()),
                        // A remote engine reads its own samples, so the targets that this process
                        // can't observe do not matter.
                        options.engine().url().isPresent() ? new ObservationGaps() : base.gaps(),
                        base.continuity(),
                        options.engine().url().isPresent()
                            ? GapFills.NONE
                            : GapFills.of(base.gaps(), tsdb, engines.over)),
                    base.scheduler(),
                    early));
  }

  private static Optional<EarlyEvaluation> earlyEvaluation(Foundation base) {
    boolean isEnabled =
        switch (base.options().ruleEvaluation()) {
          // With a remote engine, this process does not learn when samples arrive.
          case EVENTS -> base.options().engine().url().isEmpty();
          case TIMER -> false;
        };
    return isEnabled
        ? Optional.of(
            new EarlyEvaluation(
                base.clock(),
                System::nanoTime,
                check -> Thread.ofVirtual().name("rules-early").start(check),
                base.registry()))
        : Optional.empty();
  }

  /// Replaces the loaded rules by the rules in the files.
  void load(VersionedFiles files) {
    var global = files.prometheus().global();
    manager.load(
        evaluatedFiles(files),
        new RuleSettings(
            global.evaluationInterval(),
            global.ruleQueryOffset(),
            global.externalLabels(),
            options.externalUrl().toString()));
  }

  private List<RuleFile> evaluatedFiles(VersionedFiles files) {
    if (options.loki().query().isPresent()) {
      return Stream.concat(files.rules().stream(), files.logRules().stream()).toList();
    }
    if (!files.logRules().isEmpty()) {
      LOG.info(
          "{} files of log rules are not evaluated: set --loki.url or --loki.query-url to evaluate"
              + " them",
          files.logRules().size());
    }
    return files.rules();
  }

  /// Returns the listener for arrived samples. They can start an evaluation of a rule before its
  /// regular time.
  ArrivalListener arrivals() {
    return early.<ArrivalListener>map(it -> it).orElse(ArrivalListener.IGNORED);
  }
}
