package io.pharos.demo;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The machine of the backend in the format of node_exporter.
///
/// @param started when the counters started at zero
record Node(Instant started) {
  private static final double GIBIBYTE = 1L << 30;
  private static final int CORES = 4;
  private static final List<String> MODES =
      List.of("idle", "iowait", "irq", "nice", "softirq", "steal", "system", "user");
  private static final double[] SHARES = {0.87, 0.01, 0, 0, 0.002, 0, 0.038, 0.08};

  /// Fraction of the file system that a fault fills per second.
  private static final double FILLED_PER_SECOND = 0.005;

  /// Fraction of the file system that stays free.
  private static final double LEFT_OVER = 0.03;

  private record FileSystem(
      String device, String type, String mountpoint, double size, double free) {
    Map<String, String> labels() {
      var labels = new LinkedHashMap<String, String>();
      labels.put("device", device);
      labels.put("fstype", type);
      labels.put("mountpoint", mountpoint);
      return labels;
    }
  }

  /// The page of `/node/metrics`.
  ///
  /// @param fillingSince when the disk started to fill
  String page(Instant now, Optional<Instant> fillingSince) {
    var page = new MetricPage();
    double up = Duration.between(started, now).toMillis() / 1000.0;
    gauge(
        page,
        "node_boot_time_seconds",
        "Node boot time, in unixtime.",
        (double) started.getEpochSecond());
    page.family("node_cpu_seconds_total", "counter", "Seconds the CPUs spent in each mode.");
    for (int core = 0; core < CORES; core++) {
      for (int mode = 0; mode < MODES.size(); mode++) {
        var labels = new LinkedHashMap<String, String>();
        labels.put("cpu", Integer.toString(core));
        labels.put("mode", MODES.get(mode));
        page.sample("node_cpu_seconds_total", labels, Math.rint(SHARES[mode] * up * 100) / 100);
      }
    }
    fileSystems(page, fillingSince.map(since -> Duration.between(since, now)));
    double load = 0.4 + 0.2 * Math.sin(now.getEpochSecond() / 300.0);
    gauge(page, "node_load1", "1m load average.", Math.rint(load * 100) / 100);
    gauge(page, "node_load15", "15m load average.", 0.4);
    gauge(page, "node_load5", "5m load average.", 0.41);
    memory(page, now);
    network(page, up);
    gauge(
        page,
        "node_time_seconds",
        "System time in seconds since epoch (1970).",
        now.toEpochMilli() / 1000.0);
    var uname = new LinkedHashMap<String, String>();
    uname.put("machine", "x86_64");
    uname.put("nodename", "remotegpu-mgmt");
    uname.put("release", "6.1.0-25-amd64");
    uname.put("sysname", "Linux");
    page.family("node_uname_info", "gauge", "Labeled system information as provided by uname.")
        .sample("node_uname_info", uname, 1);
    return page.toString();
  }

  private static void fileSystems(MetricPage page, Optional<Duration> filling) {
    double filled = filling.map(time -> FILLED_PER_SECOND * time.toMillis() / 1000.0).orElse(0.0);
    List<FileSystem> all =
        List.of(
            new FileSystem("/dev/nvme0n1p2", "ext4", "/", 100 * GIBIBYTE, 0.62),
            new FileSystem(
                "/dev/nvme1n1", "xfs", "/data", 900 * GIBIBYTE, Math.max(LEFT_OVER, 0.45 - filled)),
            new FileSystem("tmpfs", "tmpfs", "/run", 2 * GIBIBYTE, 0.99));
    page.family(
        "node_filesystem_avail_bytes",
        "gauge",
        "Filesystem space available to non-root users in bytes.");
    all.forEach(
        fs ->
            page.sample(
                "node_filesystem_avail_bytes", fs.labels(), Math.rint(fs.size() * fs.free())));
    page.family("node_filesystem_files", "gauge", "Filesystem total file nodes.");
    all.forEach(fs -> page.sample("node_filesystem_files", fs.labels(), 58_720_256));
    page.family("node_filesystem_files_free", "gauge", "Filesystem total free file nodes.");
    all.forEach(fs -> page.sample("node_filesystem_files_free", fs.labels(), 57_100_000));
    page.family("node_filesystem_readonly", "gauge", "Filesystem read-only status.");
    all.forEach(fs -> page.sample("node_filesystem_readonly", fs.labels(), 0));
    page.family("node_filesystem_size_bytes", "gauge", "Filesystem size in bytes.");
    all.forEach(fs -> page.sample("node_filesystem_size_bytes", fs.labels(), fs.size()));
  }

  private static void memory(MetricPage page, Instant now) {
    double available = (19 + Math.sin(now.getEpochSecond() / 900.0)) * GIBIBYTE;
    gauge(
        page,
        "node_memory_MemAvailable_bytes",
        "Memory information field MemAvailable_bytes.",
        Math.rint(available));
    gauge(
        page,
        "node_memory_MemFree_bytes",
        "Memory information field MemFree_bytes.",
        Math.rint(available / 2));
    gauge(
        page,
        "node_memory_MemTotal_bytes",
        "Memory information field MemTotal_bytes.",
        32 * GIBIBYTE);
  }

  private static void network(MetricPage page, double up) {
    for (String direction : List.of("receive", "transmit")) {
      String name = "node_network_" + direction + "_bytes_total";
      page.family(name, "counter", "Network device statistic " + direction + "_bytes.");
      page.sample(name, Map.of("device", "eth0"), Math.rint(240_000 * up));
      page.sample(name, Map.of("device", "lo"), Math.rint(90_000 * up));
    }
  }

  private static void gauge(MetricPage page, String name, String help, double value) {
    page.family(name, "gauge", help).sample(name, value);
  }
}
