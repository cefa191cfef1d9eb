package io.pharos.cli;

import io.pharos.cli.command.CommandManual;
import io.pharos.cli.command.Flags.Flag;
import io.pharos.cli.serve.ServeFlags;
import java.util.List;

/// The help texts of the commands that the launcher `./pharos` runs from a checkout.
public final class LauncherCommands {
  /// Help text of `pharos verify`, which only the launcher can run.
  static final CommandManual VERIFY =
      new CommandManual(
          "verify",
          "checks the format, compiles, lints and tests a checkout, with coverage",
          "[--quick] [MAVEN OPTIONS]",
          """
          It needs a checkout, a JDK and Maven. --quick must be the first argument: it checks
          the format, compiles and runs the tests that are not slow and need no other
          programs (tag peer), without coverage.
          """,
          List.of(),
          List.of(
              "0 all checks passed",
              "1 a check failed; Maven's output says which",
              "69 no JDK or no Maven found"),
          List.of("pharos verify", "pharos verify --quick", "pharos verify -Dtest=FlagsTest"));

  /// Help text of `pharos package`, which only the launcher can run.
  static final CommandManual PACKAGE =
      new CommandManual(
          "package",
          "makes a tar.gz and a Debian package with a Java runtime, for machines without one",
          "[--arch=amd64|arm64] [--no-cache]",
          """
          The files are in target/packages, with the list of the shipped libraries and
          checksums. --no-cache leaves out the start-up cache, which differs in each build.
          It needs a checkout, a JDK, Maven, git, jq and dpkg-deb; for another architecture
          also apt, from which the JDK's modules come.
          """,
          List.of(),
          List.of("0 made", "64 invalid command line", "69 no JDK or no Maven found"),
          List.of("pharos package", "pharos package --arch=arm64"));

  /// Help text of `pharos soak`, which only the launcher can run.
  static final CommandManual SOAK =
      new CommandManual(
          "soak",
          "runs Pharos under heavy load with faults for some minutes, and checks the results",
          "[--minutes=30]",
          """
          The faults are hostile targets, heavy queries, storms of alerts, reloads, kills,
          and a full disk if one can be mounted. No message may be lost or wrong; file
          descriptors and memory must not grow. It needs a checkout, a JDK and Maven. The
          report is target/soak.md.
          """,
          List.of(),
          List.of(
              "0 all checks passed",
              "1 a check failed; the report says which",
              "69 no JDK or no Maven found"),
          List.of("pharos soak --minutes=10"));

  /// Help text of `pharos simulate`, which only the launcher can run.
  static final CommandManual SIMULATE =
      new CommandManual(
          "simulate",
          "compares the messages of a disturbed Pharos with those of an undisturbed one",
          "[--seeds=200 | --seed=N]",
          """
          Scrape, rules, notifier and stores run on a virtual clock. Each seed gives the faults
          of a backend, and of one of two copies: restarts, pauses, lost scrapes, faults of disk
          and memory. A message that only one copy sends is a failure and names its seed;
          --seed=N runs that seed and shows what both sent. It needs a checkout, a JDK and Maven.
          """,
          List.of(),
          List.of(
              "0 both copies sent the same messages",
              "1 they differ; the output says for which seeds",
              "69 no JDK or no Maven found"),
          List.of("pharos simulate --seeds=1000", "pharos simulate --seed=7"));

  /// Help text of `pharos bench`, which only the launcher can run.
  static final CommandManual BENCH =
      new CommandManual(
          "bench",
          "runs benchmarks: of the hot code, of the tap against nginx, of rules against Prometheus",
          "[--filter=WORD,WORD] [--seconds=5] [--forks=1] [--write]"
              + " | tap [--seconds=10] [--connections=32] [--access-log=errors]"
              + " | windows [--windows=5m,1h,6h,3d] [--span=30]"
              + " | series [--series=10000,100000,500000] [--span=30] | plot",
          """
          Without a subcommand it runs the JMH benchmarks (about four minutes) and
          compares time and bytes of each operation with docs/benchmarks.tsv. --filter
          selects benchmarks by parts of their names; --write updates that file.
          tap: requests per second, latency, CPU per request and memory of the tap and of
          nginx as a plain proxy.
          windows: CPU time of a rule in Pharos and in Prometheus on the same data, for
          several lengths of its window (ten minutes). series: the same for several
          numbers of series (twelve minutes). windows and series write
          docs/performance.tsv, from which plot draws docs/performance.svg.
          All benchmarks need a checkout, a JDK and Maven; tap also needs nginx, wrk and
          curl; windows and series also need prometheus.
          """,
          List.of(),
          List.of(
              "0 measured; the figures do not affect the exit code",
              "1 a program did not start",
              "69 a program that the benchmark needs is missing",
              "70 the build failed"),
          List.of(
              "pharos bench",
              "pharos bench --filter=append,log --seconds=10 --forks=3",
              "pharos bench tap --seconds=5",
              "pharos bench windows --windows=5m,3d"));

  /// Help text of `pharos vulnerabilities`, which only the launcher can run.
  static final CommandManual VULNERABILITIES =
      new CommandManual(
          "vulnerabilities",
          "looks up known vulnerabilities of the shipped libraries in OSV",
          "[--required] [--bom FILE] [--report FILE]",
          """
          It needs a checkout, a JDK, Maven, curl and jq, and access to https://osv.dev.
          The report is target/vulnerabilities.md. .ci/vulnerabilities-allowed.tsv lists
          the allowed vulnerabilities, each with a reason and a last day.
          """,
          List.of(),
          List.of(
              "0 no vulnerability of high severity, or OSV is unreachable (the output says so)",
              "1 a vulnerability of high severity that is not allowed",
              "3 OSV is unreachable, with --required",
              "4 an input file is unreadable, or a program is missing"),
          List.of("pharos vulnerabilities --required"));

  /// Help text of `pharos demo-backend`, the program in src/demo.
  public static final CommandManual DEMO_BACKEND =
      new CommandManual(
          "demo-backend",
          "runs the demo backend, a simulated RemoteGPU with its own traffic, from a checkout",
          "",
          """
          It runs until it is stopped. "pharos demo" starts a demo backend beside the service.

          POST /fault {"kind":"errors","ratio":0.5,"duration":"5m"} injects a fault,
          {"kind":"none"} ends it. The kinds:
          errors, latency, envelope-errors, down, hang, gpu-xid, gpu-fallen-off, gpu-exporter-down,
          exporter-down, redis-down, disk-filling, certificate-ending (with --tls-port), fleet-offline,
          heartbeats-stopped, auth-off, panics, db-pool.
          """,
          List.of(
              new Flag("listen", "127.0.0.1:8080", "address to listen on, HOST:PORT"),
              new Flag(
                  "tls-port",
                  "",
                  "port for TLS on the same host, with a generated certificate; empty: none"),
              new Flag(
                  "tap-listen",
                  "127.0.0.1:8079",
                  "address of a tap, which forwards the traffic to the backend; empty: no tap"),
              new Flag(
                  "tap-metrics-listen",
                  "127.0.0.1:9097",
                  "address of the tap's metrics, /tap/metrics"),
              new Flag("seed", "1", "seed of the random traffic, a whole number"),
              new Flag("rate", "20", "API requests per second, 0 to 1000"),
              new Flag(
                  "token-file",
                  "prometheus/demo_token",
                  "file with the bearer token for /metrics; created when missing"),
              new Flag("build-version", "dev", "the version in the metric remotegpu_build_info"),
              new Flag("log", "-", "log file, - for standard output"),
              new Flag("end-with", "", "process id; stop when that process ends; empty: never"),
              new Flag("health", "false", "check the backend at --listen and exit")),
          List.of(
              "0 stopped; with --health: healthy",
              "1 the port is taken, or a file is unusable; with --health: not healthy"),
          List.of("pharos demo-backend --listen=127.0.0.1:8090 --rate=5"));

  /// The commands for work on Pharos itself. The overview lists them last.
  static final List<CommandManual> DEVELOPING =
      List.of(
          VERIFY,
          PACKAGE,
          SOAK,
          SIMULATE,
          BENCH,
          VULNERABILITIES,
          ServeFlags.TRAIN_MANUAL,
          DEMO_BACKEND);

  private LauncherCommands() {}
}
