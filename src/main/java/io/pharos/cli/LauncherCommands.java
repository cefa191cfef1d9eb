package io.pharos.cli;

import io.pharos.cli.command.CommandManual;
import io.pharos.cli.command.Flags.Flag;
import java.util.List;

/// The manuals of the commands that the launcher `./pharos` runs from a checkout.
public final class LauncherCommands {
  /// `pharos verify`, which the launcher does by itself.
  static final CommandManual VERIFY =
      new CommandManual(
          "verify",
          "formats, compiles, lints and tests the source tree, and measures the coverage",
          "[--quick] [MAVEN OPTIONS]",
          """
          It needs a source tree, a JDK and Maven. With --quick, which comes first, it
          checks the format, compiles and runs the tests that neither ask other programs
          (tagged peer) nor take long (slow); no coverage.
          """,
          List.of(),
          List.of(
              new CommandManual.Exit(0, "all is well"),
              new CommandManual.Exit(1, "something is not, as Maven tells"),
              new CommandManual.Exit(69, "no JDK or no Maven was found")),
          List.of("pharos verify", "pharos verify --quick", "pharos verify -Dtest=FlagsTest"));

  /// `pharos soak`, which the launcher does by itself.
  static final CommandManual SOAK =
      new CommandManual(
          "soak",
          "puts a Pharos under everything at once for some minutes, and judges what it does",
          "[--minutes=30]",
          """
          Hostile targets, heavy queries, storms of alerts, reloads, kills, a full disk
          where one can be mounted. No message may be lost, nothing told that is not so;
          descriptors and memory must stay level. It needs a source tree, a JDK and Maven;
          the report is target/soak.md.
          """,
          List.of(),
          List.of(
              new CommandManual.Exit(0, "all held"),
              new CommandManual.Exit(1, "something did not, as the report tells"),
              new CommandManual.Exit(69, "no JDK or no Maven was found")),
          List.of("pharos soak --minutes=10"));

  /// `pharos bench`, which the launcher does by itself.
  static final CommandManual BENCH =
      new CommandManual(
          "bench",
          "measures the parts that carry the load, the tap beside nginx, rules beside Prometheus",
          "[--filter=WORD,WORD] [--seconds=5] [--forks=1] [--write]"
              + " | tap [--seconds=10] [--connections=32] [--access-log=errors]"
              + " | windows [--windows=5m,1h,6h,3d] [--span=30]"
              + " | series [--series=10000,100000,500000] [--span=30] | plot",
          """
          Alone: parse, append, encode, decode, find, evaluate and query, by JMH: time and
          bytes of an operation, beside those of docs/benchmarks.tsv, and which differ by
          more than the errors of both; a filter is a part of a name, as in
          --filter=chunk,log; --write keeps the figures there. Some four minutes.
          tap: requests per second, latency, CPU per request and memory of the tap and of
          nginx as a plain proxy, in one run. windows: the CPU of a rule by the window that
          it reads, of Pharos and of Prometheus over the same history, ten minutes. series:
          the same by the number of series that are scraped, twelve minutes. Their rows go
          to docs/performance.tsv; plot draws docs/performance.svg of those. All need a
          source tree, a JDK and Maven; tap needs nginx, wrk and curl, windows and series
          prometheus.
          """,
          List.of(),
          List.of(
              new CommandManual.Exit(0, "measured; how fast says nothing to the exit code"),
              new CommandManual.Exit(1, "something did not start"),
              new CommandManual.Exit(69, "a program that is compared with is missing"),
              new CommandManual.Exit(70, "the build failed")),
          List.of(
              "pharos bench",
              "pharos bench --filter=append,log --seconds=10 --forks=3",
              "pharos bench tap --seconds=5",
              "pharos bench windows --windows=5m,3d"));

  /// `pharos vulnerabilities`, which the launcher does by itself.
  static final CommandManual VULNERABILITIES =
      new CommandManual(
          "vulnerabilities",
          "asks OSV for known vulnerabilities of the libraries that Pharos ships",
          "[--required] [--bom FILE] [--report FILE]",
          """
          It needs a source tree, a JDK, Maven, curl and jq, and reaches https://osv.dev.
          The report is target/vulnerabilities.md; what is allowed, until when and why
          stands in .ci/vulnerabilities-allowed.tsv.
          """,
          List.of(),
          List.of(
              new CommandManual.Exit(
                  0, "none of high severity, or OSV can't be reached, as it says"),
              new CommandManual.Exit(1, "one of high severity that is not allowed"),
              new CommandManual.Exit(3, "OSV can't be reached, with --required"),
              new CommandManual.Exit(4, "a wrong command line, or a list that can't be read")),
          List.of("pharos vulnerabilities --required"));

  /// `pharos demo-backend`: the program of src/demo.
  public static final CommandManual DEMO_BACKEND =
      new CommandManual(
          "demo-backend",
          "runs the demo backend alone, a stand-in for RemoteGPU that makes its own traffic",
          "",
          """
          It runs until it is stopped. "pharos demo" starts one beside the service by itself.

          POST /fault {"kind":"errors","ratio":0.5,"duration":"5m"} breaks it,
          {"kind":"none"} mends it. The kinds:
          errors, latency, envelope-errors, down, hang, gpu-xid, gpu-fallen-off, gpu-exporter-down,
          exporter-down, redis-down, disk-filling, certificate-ending (with --tls-port), fleet-offline,
          heartbeats-stopped, auth-off, panics, db-pool.
          """,
          List.of(
              new Flag("listen", "127.0.0.1:8080", "where to listen"),
              new Flag(
                  "tls-port",
                  "",
                  "where to listen for TLS on the same host, with a certificate of its own; empty: nowhere"),
              new Flag(
                  "tap-listen",
                  "127.0.0.1:8079",
                  "where a tap in front of it listens, by which its traffic comes; empty: no tap"),
              new Flag(
                  "tap-metrics-listen",
                  "127.0.0.1:9097",
                  "where the metrics of that tap are, /tap/metrics"),
              new Flag("seed", "1", "which traffic to make, a whole number"),
              new Flag("rate", "20", "API requests per second, 0 to 1000"),
              new Flag(
                  "token-file",
                  "prometheus/demo_token",
                  "the bearer token that its /metrics asks for; made where absent"),
              new Flag(
                  "build-version", "dev", "the version that its metric remotegpu_build_info tells"),
              new Flag("log", "-", "where the log lines go, - for standard output"),
              new Flag("end-with", "", "id of a process, with which this one ends; empty: none"),
              new Flag("health", "false", "check the backend that listens there, and end")),
          List.of(
              new CommandManual.Exit(0, "stopped; with --health: it is well"),
              new CommandManual.Exit(
                  1, "can't listen, or a file can't be used; --health: it is not well")),
          List.of("pharos demo-backend --listen=127.0.0.1:8090 --rate=5"));

  private LauncherCommands() {}
}
