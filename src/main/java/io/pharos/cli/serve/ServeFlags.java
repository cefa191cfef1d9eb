package io.pharos.cli.serve;

import io.pharos.callback.CallbackFile;
import io.pharos.cli.command.CommandManual;
import io.pharos.cli.command.Flags.Flag;
import io.pharos.ingest.fleet.FleetFile;
import io.pharos.ingest.login.LoginFile;
import io.pharos.limits.heap.MemoryBound;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;

/// The flags and help texts of `serve`, `demo` and `train`.
public final class ServeFlags {
  /// How long samples are stored. `check` reads it too, to lint the windows of rules.
  public static final Flag RETENTION =
      new Flag("storage.retention", "15d", "how long samples are stored");

  /// The file of callbacks. `check` reads it too.
  public static final Flag CALLBACKS =
      new Flag(
          "callbacks.file",
          CallbackFile.DEFAULT_PATH,
          "systems that get reports of releases (Grafana, GitHub, GitLab); empty or missing: none");

  /// The file of logins. `check` reads it too.
  public static final Flag LOGINS =
      new Flag(
          "logins.file",
          LoginFile.DEFAULT_PATH,
          "logins by which scrapes get tokens; empty or missing: none");

  /// The file that says where heartbeats of agents are read. `check` reads it too.
  public static final Flag FLEET =
      new Flag(
          "fleet.file",
          FleetFile.DEFAULT_PATH,
          "where heartbeats of agents are read; empty or missing: nowhere");

  private static final List<String> EXITS =
      List.of(
          "0 stopped by a signal",
          "1 not started or ended by an error, such as a used port; standard error or the log says why",
          "78 not started: a versioned file is invalid; standard error says where");

  private static final List<Flag> FILES =
      List.of(
          new Flag(
              "config.file",
              "prometheus/prometheus.yml",
              "Prometheus configuration; empty: notifier only"),
          new Flag(
              "notifications.file", "notifications/alertmanager.yml", "Alertmanager configuration"),
          new Flag("storage.path", "data", "folder for samples, the store and the mailbox"),
          RETENTION,
          new Flag("probes.dir", "probes", "folder of probe files; empty: none"),
          new Flag("dashboards.dir", "dashboards", "folder of the dashboards that pages show"));

  private static final List<Flag> RELEASES =
      List.of(
          new Flag("gates.dir", "gates", "folder of gate policies; empty: none"),
          CALLBACKS,
          LOGINS,
          FLEET,
          new Flag("rollouts.dir", "deploy/rollouts", "folder of rollout policies; empty: none"));

  private static final List<Flag> ADDRESSES =
      List.of(
          new Flag(
              "web.external-url",
              "",
              "address of Pharos for links in messages, without a path; empty: http://<listen"
                  + " address>"),
          new Flag(
              "grafana.url",
              "",
              "address of Grafana for links in messages; empty: no links to dashboards"));

  private static final List<Flag> RULES =
      List.of(
          new Flag("rules.alert.resend-delay", "1m", "how often a firing alert is sent again"),
          RuleEvaluation.FLAG,
          new Flag(
              "rules.ignore-gaps",
              "",
              "names of rule groups, separated by commas, that ignore missing samples, as in"
                  + " Prometheus"),
          new Flag(
              "web.enable-remote-write-receiver",
              "false",
              "accept samples at /api/v1/write from clients that may write"),
          new Flag(
              "web.enable-otlp-receiver",
              "false",
              "accept OTLP metrics at /api/v1/otlp/v1/metrics from clients that may write"),
          new Flag(
              "web.cors.origin",
              ".*",
              "regular expression of the sites whose scripts may read Prometheus' API"));

  private static final List<Flag> PROCESS =
      List.of(
          new Flag(
              "replica.name",
              "",
              "name of this process among those sharing one PostgreSQL; empty: host name and port"),
          new Flag("log.level", "INFO", "TRACE, DEBUG, INFO, WARN or ERROR"),
          new Flag(
              "log.format",
              "auto",
              "json, text (short lines), or auto: text on a terminal, else json"));

  /// The language of Pharos' texts.
  public static final Flag LANGUAGE =
      new Flag(
          "notifications.language",
          "",
          "en or zh: Pharos' texts without pharos.yml; empty: Alertmanager's");

  private static final List<Flag> MESSAGES =
      List.of(
          new Flag("environment", "dev", "value of the label env in logs"),
          new Flag(
              "notifications.capture",
              "auto",
              "keep undeliverable messages in the local mailbox: true, false, auto (only in the demo)"),
          LANGUAGE);

  /// Flags that limit the use of memory.
  private static final List<Flag> BOUNDS =
      Stream.of(MemoryBound.values())
          .map(bound -> new Flag(bound.flag(), "", bound.text() + "; empty: " + bound.origin()))
          .toList();

  /// All flags of `serve`. `demo` and `train` have the same flags.
  public static final List<Flag> ALL =
      Stream.of(
              FILES,
              PushPeerOptions.FLAGS,
              RELEASES,
              AccessOptions.FLAGS,
              List.of(
                  new Flag(
                      "web.listen-address", "127.0.0.1:9095", "address and port to listen on")),
              ConnectionOptions.FLAGS,
              ADDRESSES,
              RemoteEngineOptions.FLAGS,
              QueryOptions.FLAGS,
              RULES,
              StoreOptions.FLAGS,
              PROCESS,
              LokiOptions.FLAGS,
              MESSAGES,
              TapFlags.INSIDE.list(),
              BOUNDS)
          .flatMap(Collection::stream)
          .toList();

  /// The help text of `serve`.
  public static final CommandManual MANUAL =
      new CommandManual(
          "serve",
          "runs the service until it is stopped",
          "",
          """
          It reads the versioned files first and does not start when one is invalid.
          SIGHUP or POST /-/reload reads them again. The mail server is QUARKUS_MAILER_HOST
          (QUARKUS_MAILER_PORT, _USERNAME, _PASSWORD).
          """,
          ALL,
          EXITS,
          List.of(
              "pharos serve --web.listen-address=:9095 --web.external-url=https://pharos.example.org",
              "PHAROS_STORAGE_PATH=/var/lib/pharos pharos serve --storage.retention=30d"));

  /// The help text of `demo`.
  public static final CommandManual DEMO_MANUAL =
      new CommandManual(
          "demo",
          "runs the service and a demo backend beside it, from a checkout",
          "",
          """
          It runs like serve, but keeps undeliverable messages in the local mailbox.
          """,
          ALL,
          EXITS,
          List.of("pharos demo", "pharos demo --web.listen-address=127.0.0.1:9096"));

  /// The help text of `train`.
  public static final CommandManual TRAIN_MANUAL =
      new CommandManual(
          "train",
          "runs the service for a few seconds to make the JVM's start-up cache",
          "",
          """
          The launcher calls it after a build.
          """,
          ALL,
          EXITS,
          List.of("pharos train"));

  private ServeFlags() {}
}
