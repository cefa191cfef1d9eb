package io.pharos.server.app.health;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.OperatingSystemMXBean;
import com.sun.management.VMOption;
import java.lang.management.ManagementFactory;
import java.util.Optional;
import java.util.function.Function;

/// The memory limits of this process, in bytes.
///
/// @param machine memory of the machine or container
/// @param heap maximum size of the heap
/// @param heapFrom the option that sets the size of the heap, such as `-XX:MaxRAMPercentage=50`
/// @param young maximum size of the young generation; 0 if the garbage collector decides
/// @param code maximum size of compiled code
/// @param direct maximum size of connection buffers outside the heap
/// @param stack maximum size of a platform thread's stack
public record MemoryPlan(
    long machine, long heap, String heapFrom, long young, long code, long direct, long stack) {
  private static final String SAME_AS_HEAP = "0";

  /// Reads the limits of this process.
  public static MemoryPlan ofThisProcess() {
    var options = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
    var system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    return of(
        system.getTotalMemorySize(),
        Runtime.getRuntime().maxMemory(),
        name -> option(options, name));
  }

  private static Optional<VMOption> option(HotSpotDiagnosticMXBean options, String name) {
    try {
      return Optional.of(options.getVMOption(name));
    } catch (IllegalArgumentException _) { // this JVM lacks the option
      return Optional.empty();
    }
  }

  static MemoryPlan of(long machine, long heap, Function<String, Optional<VMOption>> options) {
    boolean isAbsolute =
        options.apply("MaxHeapSize").map(MemoryPlan::isSet).orElse(false)
            && options.apply("MaxRAMPercentage").map(it -> !isSet(it)).orElse(true);
    String share = value(options, "MaxRAMPercentage").map(MemoryPlan::withoutZeros).orElse("25");
    // The JVM reports an unset limit as the largest unsigned number.
    long young = number(options, "MaxNewSize");
    String direct = value(options, "MaxDirectMemorySize").orElse(SAME_AS_HEAP);
    return new MemoryPlan(
        machine,
        heap,
        isAbsolute ? "-Xmx" : "-XX:MaxRAMPercentage=" + share,
        young < 0 || young > heap ? 0 : young,
        number(options, "ReservedCodeCacheSize"),
        direct.equals(SAME_AS_HEAP) ? heap : Long.parseLong(direct),
        number(options, "ThreadStackSize") << 10);
  }

  private static boolean isSet(VMOption option) {
    return option.getOrigin() != VMOption.Origin.DEFAULT
        && option.getOrigin() != VMOption.Origin.ERGONOMIC;
  }

  private static String withoutZeros(String percentage) {
    int point = percentage.indexOf('.');
    boolean zeros = point >= 0 && percentage.substring(point + 1).chars().allMatch(it -> it == '0');
    return zeros ? percentage.substring(0, point) : percentage;
  }

  private static Optional<String> value(Function<String, Optional<VMOption>> options, String name) {
    return options.apply(name).map(VMOption::getValue);
  }

  private static long number(Function<String, Optional<VMOption>> options, String name) {
    return value(options, name).map(text -> Long.parseUnsignedLong(text)).orElse(0L);
  }

  /// Returns a description of the limits for one line of the log.
  public String line() {
    var line =
        new StringBuilder("memory limits, MiB: heap ")
            .append(heap >> 20)
            .append(" (")
            .append(heapFrom)
            .append(" of ")
            .append(machine >> 20)
            .append(')');
    if (young > 0) {
      line.append(", young generation ")
          .append(young >> 20)
          .append(" of the heap (-XX:MaxNewSize)");
    }
    return line.append("; outside the heap: compiled code ")
        .append(code >> 20)
        .append(" (-XX:ReservedCodeCacheSize), connection buffers ")
        .append(direct >> 20)
        .append(" (-XX:MaxDirectMemorySize), each thread's stack ")
        .append(stack >> 10)
        .append(
            " KiB (-Xss); blocks of samples are read through the page cache, which the system reclaims")
        .toString();
  }
}
