package io.pharos.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.faults.FaultRun.Target;
import io.pharos.trouble.SmallDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The alerts on machines, raised by Debian's node_exporter. What a kernel can't be made to do here
/// stands in a folder that the exporter takes for /proc; its file systems are real ones, which that
/// folder says to be no tmpfs.
@Tag("peer")
@Timeout(120)
class HostFaultsTest {
  private static final Map<String, String> HEALTHY =
      Map.of(
          "meminfo", "MemTotal: 16000000 kB\nMemFree: 8000000 kB\nMemAvailable: 12000000 kB\n",
          "vmstat", "oom_kill 3\n",
          "loadavg", "0.10 0.20 0.10 1/100 1234\n",
          "stat", stat(1_790_000_000),
          "diskstats", disk(20),
          "net/dev", network(1000, 0),
          "sys/fs/file-nr", "100\t0\t1000\n",
          "sys/net/netfilter/nf_conntrack_count", "10\n",
          "sys/net/netfilter/nf_conntrack_max", "1000\n");

  private static final String CLOCK = "127.0.0.1:9100";
  private static final int TIME_OK = 0;
  private static final int TIME_ERROR = 5;

  @TempDir Path folder;

  private LivePrograms programs;
  private Path proc;
  private Path textfiles;

  @BeforeEach
  void begin() throws IOException {
    LivePrograms.need("prometheus-node-exporter", "prometheus-blackbox-exporter");
    programs = new LivePrograms(folder);
    proc = folder.resolve("proc");
    textfiles = Files.createDirectory(folder.resolve("textfiles"));
    write(HEALTHY);
  }

  @AfterEach
  void close() {
    programs.close();
  }

  private void write(Map<String, String> files) throws IOException {
    for (var file : files.entrySet()) {
      Path path = proc.resolve(file.getKey());
      Files.createDirectories(path.getParent());
      Files.writeString(path, file.getValue());
    }
  }

  private static String stat(long boot) {
    return "cpu  10 0 10 100 0 0 0 0 0 0\ncpu0 10 0 10 100 0 0 0 0 0 0\nctxt 1\nbtime "
        + boot
        + "\n";
  }

  /* The last but six is the time that all requests waited, in milliseconds. */
  private static String disk(long weighted) {
    return "   8       0 sda 100 0 800 10 100 0 800 10 0 20 " + weighted + " 0 0 0 0 0 0\n";
  }

  private static String network(long packets, long errors) {
    return """
    Inter-|   Receive                                                |  Transmit
     face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
      eth0: 1000 %1$d %2$d 0 0 0 0 0 1000 %1$d 0 0 0 0 0 0
    """
        .formatted(packets, errors);
  }

  private void startExporter(String... collectors) throws IOException {
    var words =
        new ArrayList<>(
            List.of(
                "--path.procfs=" + proc,
                "--collector.disable-defaults",
                "--no-collector.netdev.netlink",
                "--collector.textfile.directory=" + textfiles));
    for (String collector : collectors) {
      words.add("--collector." + collector);
    }
    words.add("--web.listen-address=");
    programs.export(
        "node-exporter", Map.of(), "prometheus-node-exporter", words.toArray(String[]::new));
  }

  private void startWhole() throws IOException {
    startExporter(
        "meminfo",
        "vmstat",
        "loadavg",
        "cpu",
        "stat",
        "diskstats",
        "filesystem",
        "netdev",
        "conntrack",
        "filefd",
        "textfile");
  }

  /// @param last how the last of them is mounted
  private void mounts(String last, SmallDisk... disks) throws IOException {
    var lines = new StringBuilder();
    for (int i = 0; i < disks.length; i++) {
      lines.append(
          "%1$d 35 8:%1$d / %2$s %3$s,relatime shared:1 - ext4 /dev/sda%1$d %3$s\n"
              .formatted(i + 1, disks[i].folder(), i == disks.length - 1 ? last : "rw"));
    }
    write(Map.of("1/mountinfo", lines.toString(), "self/mountinfo", lines.toString()));
  }

  private void job(String name, String age, String command)
      throws IOException, InterruptedException {
    var job =
        new ProcessBuilder("scripts/cron-heartbeat.sh", name, age, command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("cron.log").toFile());
    job.environment().put("CRON_TEXTFILES", textfiles.toString());
    var _ = job.start().waitFor();
  }

  @Test
  void machineInTrouble_isTold_byItsOwnExporter() throws Exception {
    write(Map.of("1/mountinfo", "", "self/mountinfo", ""));
    job("pg-backup", "26h", "true");
    job("clean-up", "1h", "true");
    startWhole();
    Map<String, String> healthy =
        programs.pagesWith("node_vmstat_oom_kill 3", "cron_last_exit_code{cron=\"clean-up\"} 0");
    try (var run = new FaultRun(programs.targets(), "host", "cron", "exporters")) {
      run.show(healthy);
      run.pass(Duration.ofMinutes(30));
      assertThat(run.firing()).isEmpty();

      var raised = new TreeSet<String>();
      long packets = 1000;
      long weighted = 20;
      job("pg-backup", "26h", "false");
      for (int minutes = 0; minutes < 45; minutes += 3) {
        packets += 10_000;
        weighted += 180_000L * 60;
        write(
            Map.of(
                "meminfo", "MemTotal: 16000000 kB\nMemFree: 90000 kB\nMemAvailable: 900000 kB\n",
                "vmstat", "oom_kill 4\n",
                "loadavg", "5.10 4.20 0.10 1/100 1234\n",
                "stat", stat(1_790_001_000),
                "diskstats", disk(weighted),
                "net/dev", network(packets, (packets - 1000) / 20),
                "sys/fs/file-nr", "900\t0\t1000\n",
                "sys/net/netfilter/nf_conntrack_count", "900\n"));
        run.show(programs.pagesWith("node_vmstat_oom_kill 4"));
        run.pass(Duration.ofMinutes(3));
        raised.addAll(run.firing());
      }
      assertThat(raised)
          .containsExactlyInAnyOrder(
              "HostMemoryLow",
              "HostOutOfMemory",
              "HostLoadHigh",
              "HostRebooted",
              "HostDiskSlow",
              "HostNetworkErrors",
              "HostFilesOpen",
              "HostConnectionsFull",
              "CronFailed",
              "CronMissed");
    }
  }

  /* The kernel's clock is that of everybody on this machine: strace answers in its place. */
  private Map<String, String> pageOfClock(int state, int errorMicroseconds) throws Exception {
    var timex = new StringBuilder("00".repeat(24));
    for (int i = 0; i < 8; i++) {
      timex.append("%02x".formatted((long) errorMicroseconds >> (8 * i) & 0xff));
    }
    String address = "127.0.0.1:" + LivePrograms.freePort();
    programs.start(
        "clock",
        Map.of(),
        "strace",
        "--kill-on-exit",
        "-f",
        "-o",
        "/dev/null",
        "-e",
        "trace=adjtimex",
        "-e",
        "inject=adjtimex:retval=%d:poke_exit=@arg1=%s".formatted(state, timex),
        "/usr/bin/prometheus-node-exporter",
        "--collector.disable-defaults",
        "--collector.timex",
        "--web.listen-address=" + address);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (true) {
      try {
        return Map.of(CLOCK, programs.get("http://" + address + "/metrics"));
      } catch (IOException e) {
        assertThat(System.nanoTime()).as(e.toString()).isLessThan(end);
      }
    }
  }

  @Test
  void clockThatNothingSetsAnyMore_isTold() throws Exception {
    LivePrograms.need("strace");
    try (var run = new FaultRun(List.of(new Target("node-exporter", CLOCK, "host: h1")), "host")) {
      run.show(pageOfClock(TIME_OK, 1000));
      run.pass(Duration.ofMinutes(30));
      assertThat(run.firing()).isEmpty();
      run.show(pageOfClock(TIME_ERROR, 16_000_000));
      run.pass(Duration.ofMinutes(20));
      assertThat(run.firing()).containsExactly("HostClockWrong");
    }
  }

  /* The dump itself is a stub: what is told of it is the script's. */
  private void backUp(int exitCode) throws IOException, InterruptedException {
    Path bin = Files.createDirectories(folder.resolve("bin"));
    for (String program : List.of("pg_dump", "pg_restore")) {
      Path file =
          Files.writeString(
              bin.resolve(program),
              "#!/bin/sh\nfor w; do case $w in --file=*) echo x >\"${w#--file=}\" ;; esac; done\nexit %d\n"
                  .formatted(exitCode));
      assertThat(file.toFile().setExecutable(true)).isTrue();
    }
    var job =
        new ProcessBuilder("sh", "deploy/compose/backup.sh", "once")
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("backup.log").toFile());
    job.environment()
        .putAll(
            Map.of(
                "PATH",
                bin + ":" + System.getenv("PATH"),
                "BACKUP_DATABASE",
                "postgresql://reader@localhost/shop",
                "BACKUP_PASSWORD_FILE",
                Files.writeString(folder.resolve("password"), "secret").toString(),
                "BACKUP_DIR",
                Files.createDirectories(folder.resolve("backups")).toString(),
                "BACKUP_METRICS_DIR",
                textfiles.toString()));
    assertThat(job.start().waitFor()).isEqualTo(exitCode);
  }

  @Test
  void backupOfTheStack_thatFails_orDoesNotRun_isTold() throws Exception {
    backUp(0);
    startExporter("textfile");
    try (var run = new FaultRun(programs.targets(), "cron")) {
      run.show(programs.pagesWith("cron_last_exit_code{cron=\"backup-postgresql\"} 0"));
      run.pass(Duration.ofHours(30), Duration.ofMinutes(3));
      assertThat(run.firing()).isEmpty();
      run.pass(Duration.ofHours(7), Duration.ofMinutes(3));
      assertThat(run.firing()).containsExactly("CronMissed");

      backUp(1);
      run.show(programs.pagesWith("cron_last_exit_code{cron=\"backup-postgresql\"} 1"));
      run.pass(Duration.ofMinutes(15));
      assertThat(run.firing()).containsExactlyInAnyOrder("CronFailed", "CronMissed");
    }
  }

  @Test
  void fileSystemsThatFillOrTurnReadOnly_areTold() throws Exception {
    try (SmallDisk bytes = SmallDisk.mount(folder.resolve("bytes"), "4m");
        SmallDisk low = SmallDisk.mount(folder.resolve("low"), "4m");
        SmallDisk inodes = SmallDisk.mount(folder.resolve("inodes"), "4m,nr_inodes=50");
        SmallDisk broken = SmallDisk.mount(folder.resolve("broken"), "4m")) {
      mounts("rw", bytes, low, inodes, broken);
      startWhole();
      Map<String, String> healthy = programs.pagesWith("node_filesystem_readonly{");
      try (var run = new FaultRun(programs.targets(), "host")) {
        run.show(healthy);
        run.pass(Duration.ofMinutes(10));
        assertThat(run.firing()).isEmpty();

        Files.write(low.folder().resolve("data"), new byte[(4 << 20) * 9 / 10]);
        for (int i = 0; i < 45; i++) {
          Files.createFile(inodes.folder().resolve("f" + i));
        }
        mounts("ro", bytes, low, inodes, broken);
        run.show(programs.pages());
        run.pass(Duration.ofMinutes(40));
        assertThat(run.firing())
            .containsExactlyInAnyOrder("DiskLow", "HostInodesLow", "HostReadOnly");

        bytes.fill();
        run.show(programs.pages());
        run.pass(Duration.ofMinutes(6));
        assertThat(run.firing()).contains("DiskFilling");
      }
    }
  }

  @Test
  void machineThatIsGone_isTold_andAnExporterThatSeesNothing() throws Exception {
    startExporter("loadavg");
    programs.export(
        "blackbox",
        Map.of(),
        "prometheus-blackbox-exporter",
        "--config.file="
            + Files.writeString(folder.resolve("blackbox.yml"), "modules: {web: {prober: http}}\n"),
        "--web.listen-address=");
    Map<String, String> pages = programs.pagesWith("node_load1 ", "blackbox_exporter_build_info");
    try (var run = new FaultRun(programs.targets(), "host", "exporters")) {
      run.show(pages);
      run.pass(Duration.ofMinutes(15));
      assertThat(run.firing()).containsExactly("ExporterBlind");

      programs.stop("blackbox");
      run.show(programs.pages());
      run.pass(Duration.ofMinutes(6));
      assertThat(run.firing()).containsExactlyInAnyOrder("ExporterBlind", "ExporterDown");

      programs.stop("node-exporter");
      run.show(programs.pages());
      run.pass(Duration.ofMinutes(6));
      assertThat(run.firing())
          .containsExactlyInAnyOrder("ExporterBlind", "ExporterDown", "HostDown");
    }
  }

  @Test
  void jobWithoutTargets_isTold() throws Exception {
    startWhole();
    Map<String, String> pages = programs.pagesWith("node_load1 ");
    try (var run = new FaultRun(programs.targets(), "exporters")) {
      run.show(pages);
      run.pass(Duration.ofMinutes(5));
      assertThat(run.firing()).isEmpty();
      run.scrape(List.of(new Target("another", programs.targets().getFirst().address(), "")));
      run.pass(Duration.ofMinutes(25));
      assertThat(run.firing()).containsExactly("TargetsVanished");
    }
  }
}
