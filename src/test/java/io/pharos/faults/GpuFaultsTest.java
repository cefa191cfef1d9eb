package io.pharos.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.faults.FaultRun.Target;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The alerts on GPUs, raised by a page in the DCGM exporter's own format: there is no GPU here, so
/// what would be a fault of one is a value of the page.
@Tag("slow")
class GpuFaultsTest {
  private static final Path PAGES = Path.of("src/test/resources/io/pharos/dashboards");
  private static final String ADDRESS = "127.0.0.1:9400";
  private static final Duration ROUND = Duration.ofMinutes(3);
  private static final int ROUNDS = 12;

  /// @param metric one or more lines of the page, by the beginning of their names
  /// @param value of GPU 0 in the first round
  /// @param growth what is added in each further round
  /// @param alerts all that fires for it
  record Fault(String metric, double value, double growth, Set<String> alerts) {
    Fault(String metric, double value, String... alerts) {
      this(metric, value, 0, Set.of(alerts));
    }

    static Fault growing(String metric, double growth, String... alerts) {
      return new Fault(metric, growth, growth, Set.of(alerts));
    }

    /// The lines of GPU 0 as those of another, which has this fault.
    String page(String healthy, int gpu, int round) {
      String changed =
          healthy.replaceAll(
              "(?m)^(%s\\w*\\{.*}) .*$".formatted(metric), "$1 " + (value + growth * round));
      assertThat(changed).as("%s is there", metric).isNotEqualTo(healthy);
      return named(changed, gpu);
    }
  }

  private static String named(String lines, int gpu) {
    return lines
        .replace("gpu=\"0\"", "gpu=\"%d\"".formatted(gpu))
        .replace("GPU-0", "GPU-" + gpu)
        .replace("nvidia0", "nvidia" + gpu);
  }

  private static final List<Fault> FAULTS =
      List.of(
          new Fault("DCGM_FI_DEV_XID_ERRORS", 79, "GpuXidHardware"),
          new Fault("DCGM_FI_DEV_XID_ERRORS", 48, "GpuXidHardware"),
          new Fault("DCGM_FI_DEV_XID_ERRORS", 94, "GpuXidDegraded"),
          new Fault("DCGM_FI_DEV_XID_ERRORS", 119, "GpuXidDegraded"),
          new Fault("DCGM_EXP_XID_ERRORS_COUNT", 1, "GpuXidApplication"),
          new Fault("DCGM_FI_DEV_ECC_DBE_VOL_TOTAL", 1, "GpuMemoryFault"),
          new Fault("DCGM_FI_DEV_ROW_REMAP_FAILURE", 1, "GpuMemoryFault"),
          new Fault("DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS", 2, "GpuRowsRemapped"),
          new Fault("DCGM_FI_DEV_GPU_TEMP", 90, "GpuHot"),
          new Fault("DCGM_FI_DEV_GPU_TEMP", 97, "GpuHot", "GpuOverheating"),
          new Fault("DCGM_FI_DEV_MEMORY_TEMP", 96, "GpuMemoryHot"),
          new Fault("DCGM_FI_DEV_CLOCKS_EVENT_REASONS", 36, "GpuThrottled"),
          new Fault("DCGM_FI_DEV_SM_CLOCK", 600, "GpuClockDepressed"),
          Fault.growing("DCGM_FI_DEV_PCIE_REPLAY_COUNTER", 3, "GpuPcieReplays"),
          Fault.growing("DCGM_FI_DEV_NVLINK_CRC_DATA_ERROR_COUNT_TOTAL", 5, "GpuNvlinkErrors"),
          Fault.growing("DCGM_FI_DEV_NVLINK_RECOVERY_ERROR_COUNT_TOTAL", 1, "GpuNvlinkErrors"),
          Fault.growing("DCGM_FI_DEV_ECC_SBE_VOL_TOTAL", 50, "GpuEccRising"));

  /// The lines of GPU 0 with all fields, on which nothing is wrong.
  private static String healthy() throws IOException {
    String memory =
        Files.readString(PAGES.resolve("dcgm-memory-fault.txt")).replaceAll("(?m) [0-9]+$", " 0");
    String all =
        Files.readString(PAGES.resolve("dcgm.txt"))
            + memory
            + """
            DCGM_EXP_XID_ERRORS_COUNT{gpu="0",UUID="GPU-0",pci_bus_id="00000000:01:00.0",device="nvidia0",modelName="NVIDIA A100-SXM4-80GB",hostname="gpu-01",window_size_in_ms="300000",xid="31"} 0
            """;
    return all.lines().filter(line -> line.contains("gpu=\"0\"")).collect(Collectors.joining("\n"))
        + "\n";
  }

  /// The page of as many GPUs as there are faults.
  ///
  /// @param round how long each has had its fault; less than 0: not yet
  private static String page(int round) throws IOException {
    String healthy = healthy();
    var page = new StringBuilder();
    for (int gpu = 0; gpu < FAULTS.size(); gpu++) {
      page.append(round < 0 ? named(healthy, gpu) : FAULTS.get(gpu).page(healthy, gpu, round));
    }
    return page.toString();
  }

  private static FaultRun run(Duration history) throws IOException {
    return run(history, "");
  }

  /// @param more lines of the page
  private static FaultRun run(Duration history, String more) throws IOException {
    var run = new FaultRun(List.of(new Target("dcgm-exporter", ADDRESS, "host: gpu-01")), "gpu");
    run.show(Map.of(ADDRESS, page(-1) + more));
    run.pass(history, Duration.ofMinutes(3));
    run.pass(Duration.ofMinutes(15));
    assertThat(run.firing()).isEmpty();
    return run;
  }

  @Test
  void faultOfAGpu_isTold_andNothingElse() throws IOException {
    var fired = new TreeMap<String, Set<String>>();
    // What rises is compared with the days before.
    try (FaultRun run = run(Duration.ofHours(26))) {
      for (int round = 0; round < ROUNDS; round++) {
        run.show(Map.of(ADDRESS, page(round)));
        run.pass(ROUND, Duration.ofMinutes(1));
        run.firingBy("gpu")
            .forEach(
                (gpu, alerts) -> fired.computeIfAbsent(gpu, _ -> new TreeSet<>()).addAll(alerts));
      }
    }
    for (int gpu = 0; gpu < FAULTS.size(); gpu++) {
      assertThat(fired.get("" + gpu)).as("%s", FAULTS.get(gpu)).isEqualTo(FAULTS.get(gpu).alerts());
    }
  }

  /// How an exporter comes to show no more of the broken GPUs.
  enum Vanishing {
    EXPORTER_ANSWERS,
    EXPORTER_RESTARTS,
    EXPORTER_WAS_AWAY
  }

  /// "Resolved" about a GPU that is gone would be false before GpuFellOff says that it is.
  @ParameterizedTest
  @EnumSource
  void brokenGpusThatVanish_endNoAlertBeforeGpuFellOffFires(Vanishing vanishing)
      throws IOException {
    String survivor = named(healthy(), 99);
    try (FaultRun run = run(Duration.ofMinutes(20), survivor + started(1))) {
      for (int round = 0; round < ROUNDS; round++) {
        run.show(Map.of(ADDRESS, page(round) + survivor + started(1)));
        run.pass(ROUND);
      }
      Map<String, Set<String>> before = run.firingBy("gpu");
      before.values().removeIf(Set.of("GpuXidApplication")::equals); // nobody is notified of it
      assertThat(before).hasSizeGreaterThan(FAULTS.size() - 3);
      if (vanishing == Vanishing.EXPORTER_WAS_AWAY) {
        run.show(Map.of());
        run.pass(Duration.ofMinutes(10));
      }
      int start = vanishing == Vanishing.EXPORTER_ANSWERS ? 1 : 2;
      run.show(Map.of(ADDRESS, survivor + started(start)));
      for (int step = 0; !run.firing().contains("GpuFellOff"); step++) {
        assertThat(step).as("steps of 15 s until GpuFellOff").isLessThanOrEqualTo(10);
        assertThat(run.firingBy("gpu")).containsAllEntriesOf(before);
        run.pass(Duration.ofSeconds(15));
      }
      assertThat(run.firingBy("gpu")).containsAllEntriesOf(before);
    }
  }

  private static String started(int second) {
    return "process_start_time_seconds " + second + "\n";
  }

  @Test
  void gpuThatIsShownNoLonger_andAnExporterThatIsGone_areTold() throws IOException {
    try (FaultRun run = run(Duration.ofMinutes(20))) {
      run.show(Map.of(ADDRESS, page(-1).replaceAll("(?m)^DCGM\\w+\\{gpu=\"1\".*\\n", "")));
      run.pass(Duration.ofMinutes(4));
      assertThat(run.firing()).containsExactly("GpuFellOff");
      run.show(Map.of());
      run.pass(Duration.ofMinutes(7));
      assertThat(run.firing()).containsExactlyInAnyOrder("GpuFellOff", "GpuExporterDown");
    }
  }
}
