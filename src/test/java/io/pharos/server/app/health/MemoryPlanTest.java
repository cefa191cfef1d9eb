package io.pharos.server.app.health;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.VMOption;
import com.sun.management.VMOption.Origin;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MemoryPlanTest {
  private static final long MIB = 1 << 20;

  private static MemoryPlan plan(Map<String, VMOption> options) {
    return MemoryPlan.of(2048 * MIB, 1024 * MIB, name -> Optional.ofNullable(options.get(name)));
  }

  private static VMOption option(String name, String value, Origin origin) {
    return new VMOption(name, value, false, origin);
  }

  @Test
  void line_ofTheLaunchersOptions_namesEachBoundAndWhatSetsIt() {
    MemoryPlan plan =
        plan(
            Map.of(
                "MaxHeapSize", option("MaxHeapSize", "1073741824", Origin.ERGONOMIC),
                "MaxRAMPercentage", option("MaxRAMPercentage", "50.000000", Origin.VM_CREATION),
                "MaxNewSize", option("MaxNewSize", "100663296", Origin.VM_CREATION),
                "ReservedCodeCacheSize",
                    option("ReservedCodeCacheSize", "251658240", Origin.DEFAULT),
                "MaxDirectMemorySize", option("MaxDirectMemorySize", "0", Origin.DEFAULT),
                "ThreadStackSize", option("ThreadStackSize", "512", Origin.VM_CREATION)));
    assertThat(plan.line())
        .isEqualTo(
            "memory limits, MiB: heap 1024 (-XX:MaxRAMPercentage=50 of 2048), young generation 96 of the heap"
                + " (-XX:MaxNewSize); outside the heap: compiled code 240 (-XX:ReservedCodeCacheSize),"
                + " connection buffers 1024 (-XX:MaxDirectMemorySize), each thread's stack 512 KiB"
                + " (-Xss); blocks of samples are read through the page cache, which the system"
                + " reclaims");
  }

  @Test
  void heap_thatSomebodySet_isNoShare_andYoungWithoutABoundIsNotNamed() {
    MemoryPlan plan =
        plan(
            Map.of(
                "MaxHeapSize", option("MaxHeapSize", "1073741824", Origin.VM_CREATION),
                "MaxNewSize", option("MaxNewSize", "18446744073709486080", Origin.DEFAULT),
                "MaxDirectMemorySize",
                    option("MaxDirectMemorySize", "67108864", Origin.VM_CREATION)));
    assertThat(plan.heapFrom()).isEqualTo("-Xmx");
    assertThat(plan.young()).isZero();
    assertThat(plan.direct()).isEqualTo(64 * MIB);
  }

  @Test
  void thisProcess_hasAPlan() {
    MemoryPlan plan = MemoryPlan.ofThisProcess();
    assertThat(plan.heap()).isEqualTo(Runtime.getRuntime().maxMemory());
    assertThat(plan.code()).isPositive();
    assertThat(plan.machine()).isGreaterThan(plan.heap() / 2);
  }
}
