package io.pharos.demo;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/// The GPUs of three nodes in the format of NVIDIA's DCGM exporter. Every value is a function of
/// the seed, the GPU and the time.
final class GpuFleet {
  private static final int NODES = 3;
  private static final int GPUS_PER_NODE = 4;
  private static final Duration XID_WINDOW = Duration.ofMinutes(5);
  private static final int XID_FALLEN_OFF_THE_BUS = 79;
  private static final int MEMORY_MEBIBYTES = 81_559;
  private static final int RESERVED_MEBIBYTES = 639;

  /// A GPU; `phase` differs between GPUs, `duty` is the average utilisation.
  private record Gpu(
      int node, int index, String uuid, double phase, double duty, Map<String, String> labels) {

    /// Utilisation in percent at a time: a slow wave around the duty, with a fast ripple.
    double utilisation(double seconds) {
      double slow = Math.sin(seconds / 1800 * 2 * Math.PI + phase);
      double fast = Math.sin(seconds / 47 * 2 * Math.PI + 3 * phase);
      return Math.clamp(Math.rint(duty * 100 + 12 * slow + 4 * fast), 0, 100);
    }
  }

  private final List<Gpu> gpus;

  GpuFleet(long seed) {
    var random = new SplittableRandom(seed ^ 0x6770755fL);
    var all = new ArrayList<Gpu>();
    for (int node = 1; node <= NODES; node++) {
      for (int index = 0; index < GPUS_PER_NODE; index++) {
        String uuid = "GPU-" + new UUID(random.nextLong(), random.nextLong());
        double phase = random.nextDouble(2 * Math.PI);
        double duty = 0.25 + random.nextDouble(0.6);
        all.add(new Gpu(node, index, uuid, phase, duty, labels(node, index, uuid)));
      }
    }
    gpus = List.copyOf(all);
  }

  private static Map<String, String> labels(int node, int index, String uuid) {
    var labels = new LinkedHashMap<String, String>();
    labels.put("gpu", Integer.toString(index));
    labels.put("UUID", uuid);
    labels.put("pci_bus_id", "00000000:%02X:00.0".formatted(0x07 + 0x40 * index));
    labels.put("device", "nvidia" + index);
    labels.put("modelName", node == NODES ? "NVIDIA H100 80GB HBM3" : "NVIDIA A100-SXM4-80GB");
    labels.put("hostname", "gpu-node-%02d".formatted(node));
    labels.put("DCGM_FI_DRIVER_VERSION", "550.90.07");
    return labels;
  }

  /// The page of `/dcgm/metrics`.
  ///
  /// @param xidAt when a GPU reported an XID, if it was not repaired since
  /// @param fallenOff whether that GPU is missing
  String page(Instant time, @Nullable Instant xidAt, boolean fallenOff) {
    return new View(fallenOff ? gpus.stream().filter(gpu -> !isFaulty(gpu)).toList() : gpus)
        .page(time, xidAt);
  }

  /// The visible GPUs.
  private record View(List<Gpu> gpus) {
    private String page(Instant time, @Nullable Instant xidAt) {
      var page = new MetricPage();
      boolean xidSeen = xidAt != null;
      boolean xidNow = xidAt != null && time.isBefore(xidAt.plus(XID_WINDOW));
      double seconds = time.toEpochMilli() / 1000.0;
      gauge(
          page, "DCGM_FI_DEV_SM_CLOCK", "SM clock frequency (in MHz).", gpu -> clock(gpu, seconds));
      gauge(page, "DCGM_FI_DEV_MEM_CLOCK", "Memory clock frequency (in MHz).", _ -> 1593);
      gauge(page, "DCGM_FI_DEV_GPU_TEMP", "GPU temperature (in C).", gpu -> heat(gpu, seconds));
      gauge(
          page, "DCGM_FI_DEV_MEMORY_TEMP", "Memory temperature (in C).", g -> heat(g, seconds) + 4);
      gauge(page, "DCGM_FI_DEV_POWER_USAGE", "Power draw (in W).", gpu -> power(gpu, seconds));
      gauge(page, "DCGM_FI_DEV_GPU_UTIL", "GPU utilization (in %).", g -> g.utilisation(seconds));
      gauge(
          page,
          "DCGM_FI_DEV_XID_ERRORS",
          "Value of the last XID error encountered.",
          gpu -> xidSeen && isFaulty(gpu) ? XID_FALLEN_OFF_THE_BUS : 0);
      gauge(
          page, "DCGM_FI_DEV_FB_FREE", "Framebuffer memory free (in MiB).", g -> free(g, seconds));
      gauge(
          page, "DCGM_FI_DEV_FB_USED", "Framebuffer memory used (in MiB).", g -> used(g, seconds));
      gauge(
          page,
          "DCGM_FI_DEV_FB_RESERVED",
          "Framebuffer memory reserved (in MiB).",
          _ -> RESERVED_MEBIBYTES);
      counter(page, "DCGM_FI_DEV_ECC_SBE_VOL_TOTAL", "Single-bit volatile ECC errors.");
      counter(page, "DCGM_FI_DEV_ECC_DBE_VOL_TOTAL", "Double-bit volatile ECC errors.");
      counter(
          page,
          "DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS",
          "Rows remapped after double-bit errors.");
      gauge(page, "DCGM_FI_DEV_ROW_REMAP_FAILURE", "Whether remapping of rows has failed.", _ -> 0);
      counter(page, "DCGM_FI_DEV_PCIE_REPLAY_COUNTER", "PCIe retries.");
      page.family(
          "DCGM_EXP_XID_ERRORS_COUNT",
          "gauge",
          "Count of XID errors within the window of the label.");
      if (xidNow) {
        gpus.stream()
            .filter(GpuFleet::isFaulty)
            .forEach(
                gpu -> {
                  var labels = new LinkedHashMap<>(gpu.labels());
                  labels.put("window_size_in_ms", Long.toString(XID_WINDOW.toMillis()));
                  labels.put("xid", Integer.toString(XID_FALLEN_OFF_THE_BUS));
                  page.sample("DCGM_EXP_XID_ERRORS_COUNT", labels, 1);
                });
      }
      return page.toString();
    }

    private void gauge(MetricPage page, String name, String help, ToDoubleFunction<Gpu> value) {
      page.family(name, "gauge", help);
      gpus.forEach(gpu -> page.sample(name, gpu.labels(), value.applyAsDouble(gpu)));
    }

    private void counter(MetricPage page, String name, String help) {
      page.family(name, "counter", help);
      gpus.forEach(gpu -> page.sample(name, gpu.labels(), 0));
    }
  }

  private static boolean isFaulty(Gpu gpu) {
    return gpu.node() == 2 && gpu.index() == 1;
  }

  private static double heat(Gpu gpu, double seconds) {
    return Math.rint(31 + 0.42 * gpu.utilisation(seconds) + gpu.index());
  }

  private static double power(Gpu gpu, double seconds) {
    return Math.rint((62 + 3.1 * gpu.utilisation(seconds)) * 1000) / 1000;
  }

  private static double clock(Gpu gpu, double seconds) {
    return gpu.utilisation(seconds) > 5 ? 1410 : 210;
  }

  private static double used(Gpu gpu, double seconds) {
    return Math.rint(MEMORY_MEBIBYTES * (0.1 + 0.8 * gpu.utilisation(seconds) / 100));
  }

  private static double free(Gpu gpu, double seconds) {
    return MEMORY_MEBIBYTES - RESERVED_MEBIBYTES - used(gpu, seconds);
  }
}
