package io.pharos.lint;

import io.pharos.config.prometheus.FileSdConfig;
import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.config.prometheus.ScrapeConfig;
import io.pharos.config.prometheus.StaticConfig;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Known exporters and the prefixes of their metrics. Looks for a metric's exporter among the
/// scrape jobs of a configuration: by the names and paths of the jobs, and by the hosts and ports
/// of their targets.
public final class Exporters {
  /// An exporter.
  ///
  /// @param prefixes prefixes of its metrics
  /// @param words words in the names of its jobs or hosts
  /// @param ports its default ports
  private record Exporter(
      String name, List<String> prefixes, List<String> words, List<Integer> ports) {
    boolean exports(String metric) {
      return prefixes.stream().anyMatch(metric::startsWith);
    }
  }

  private static final List<Exporter> ALL =
      List.of(
          new Exporter(
              "dcgm-exporter",
              List.of("DCGM_FI_"),
              List.of("dcgm", "gpu", "nvidia"),
              List.of(9400)),
          new Exporter(
              "nvidia_gpu_exporter",
              List.of("nvidia_smi_", "nvidia_gpu_"),
              List.of("nvidia", "gpu"),
              List.of(9835, 9445)),
          new Exporter(
              "node_exporter",
              List.of(
                  "node_cpu_",
                  "node_disk_",
                  "node_filesystem_",
                  "node_load",
                  "node_memory_",
                  "node_network_",
                  "node_pressure_",
                  "node_systemd_",
                  "node_timex_",
                  "node_vmstat_"),
              List.of("node", "host", "machine", "server", "linux", "system", "vm"),
              List.of(9100)),
          new Exporter(
              "postgres_exporter",
              List.of("pg_stat_", "pg_settings_", "pg_locks_", "pg_replication_", "pg_database_"),
              List.of("postgres", "pg", "database", "db"),
              List.of(9187)),
          new Exporter(
              "mysqld_exporter",
              List.of("mysql_global_", "mysql_info_schema_", "mysql_slave_"),
              List.of("mysql", "maria", "database", "db"),
              List.of(9104)),
          new Exporter(
              "redis_exporter",
              List.of("redis_memory_", "redis_connected_", "redis_db_", "redis_keyspace_"),
              List.of("redis", "valkey", "cache"),
              List.of(9121)),
          new Exporter(
              "nginx-prometheus-exporter",
              List.of("nginx_connections_", "nginx_http_requests_"),
              List.of("nginx", "proxy", "web"),
              List.of(9113)),
          new Exporter(
              "kube-state-metrics",
              List.of("kube_pod_", "kube_node_", "kube_deployment_", "kube_job_"),
              List.of("kube", "k8s"),
              List.of()),
          new Exporter(
              "cAdvisor",
              List.of("container_cpu_", "container_memory_", "container_fs_"),
              List.of("cadvisor", "kube", "docker", "container"),
              List.of(10250)));

  /// Gauges that count the same kind of thing in several series, and the label by which they are
  /// split. Only the sum of the series is the whole count.
  private static final Map<String, String> PARTS =
      Map.ofEntries(
          Map.entry("pg_stat_activity_count", "state"),
          Map.entry("pg_locks_count", "mode"),
          Map.entry("mysql_info_schema_processlist_threads", "state"),
          Map.entry("node_processes_state", "state"),
          Map.entry("node_processes_threads_state", "thread_state"),
          Map.entry("node_tcp_connection_states", "state"),
          Map.entry("apache_workers", "state"),
          Map.entry("apache_scoreboard", "state"),
          Map.entry("phpfpm_process_state", "state"),
          Map.entry("traefik_entrypoint_open_connections", "method"),
          Map.entry("pharos_gpus", "state"));

  private final List<Set<String>> jobs = new ArrayList<>(); // the words of each job
  private boolean complete;

  /// @param config configuration with the scrape jobs
  public Exporters(PrometheusConfig config) {
    complete = !config.scrapeConfigs().isEmpty();
    config.scrapeConfigs().forEach(this::add);
  }

  /// Returns the label that splits the count of a metric; empty if the metric is not split.
  public static Optional<String> splitLabel(String metric) {
    return Optional.ofNullable(PARTS.get(metric));
  }

  /// Returns whether a metric belongs to a known exporter.
  public static boolean isKnown(String metric) {
    return ALL.stream().anyMatch(exporter -> exporter.exports(metric));
  }

  /// Returns the name of the exporter of a metric if no job seems to scrape the exporter, else
  /// empty.
  public Optional<String> missing(String metric) {
    return complete
        ? ALL.stream()
            .filter(exporter -> exporter.exports(metric))
            .filter(exporter -> jobs.stream().noneMatch(job -> isOf(exporter, job)))
            .map(Exporter::name)
            .findFirst()
        : Optional.empty();
  }

  private static boolean isOf(Exporter exporter, Set<String> job) {
    return job.stream().anyMatch(word -> exporter.words().stream().anyMatch(word::startsWith))
        || exporter.ports().stream().anyMatch(port -> job.contains(String.valueOf(port)));
  }

  /* Adds the words of a job. If the job may forward the metrics of any exporter, or if its targets
   * are unknown, no exporter is reported as missing. */
  private void add(ScrapeConfig job) {
    complete &=
        !job.honorLabels()
            && !job.metricsPath().contains("federate")
            && job.polledSdConfigs().isEmpty();
    var words = new HashSet<String>();
    words(job.jobName(), words);
    words(job.metricsPath(), words);
    job.staticConfigs().forEach(group -> words(group, words));
    for (FileSdConfig discovery : job.fileSdConfigs()) {
      for (String pattern : discovery.files()) {
        words(pattern, words);
        ScrapeJobs.targets(pattern)
            .ifPresentOrElse(
                groups -> groups.forEach(group -> words(group, words)), () -> complete = false);
      }
    }
    jobs.add(words);
  }

  private static void words(StaticConfig group, Set<String> words) {
    group.targets().forEach(target -> words(target, words));
    group.labels().forEach((_, value) -> words(value, words));
  }

  /* "gpu-1:9400" has the words gpu, 1 and 9400; "remotegpu" does not have the word gpu. */
  private static void words(String text, Set<String> words) {
    words.addAll(List.of(text.toLowerCase(Locale.ROOT).split("[^a-z0-9]+")));
  }
}
