package io.pharos.server.app;

import static java.util.Objects.requireNonNull;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.OperatingSystemMXBean;
import com.sun.management.VMOption;
import java.lang.management.ManagementFactory;
import java.util.Optional;
import java.util.function.Function;

/// What this process may take of the machine's memory, and what each bound derives from. Bytes.
///
/// @param machine what there is, of the container if there is one
/// @param heap the most that the heap grows to
/// @param heapFrom the option that sets it, such as `-XX:MaxRAMPercentage=50`
/// @param young the most that new objects take of the heap; 0 where the collector decides
/// @param code the most that compiled code takes
/// @param direct the most that buffers outside of the heap take, those of connections
/// @param stack what the stack of one platform thread takes at most
record MemoryPlan(
    long machine, long heap, String heapFrom, long young, long code, long direct, long stack) {
  private static final String AS_HEAP = "0";

  MemoryPlan {
    requireNonNull(heapFrom, "heapFrom is null");
  }

  /// The plan of this process.
  static MemoryPlan ofThisProcess() {
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
    } catch (IllegalArgumentException _) { // another JVM's
      return Optional.empty();
    }
  }

  static MemoryPlan of(long machine, long heap, Function<String, Optional<VMOption>> options) {
    boolean set =
        options.apply("MaxHeapSize").map(MemoryPlan::isSet).orElse(false)
            && options.apply("MaxRAMPercentage").map(it -> !isSet(it)).orElse(true);
    String share = value(options, "MaxRAMPercentage").map(MemoryPlan::whole).orElse("25");
    // What nobody limits grows as far as nothing else does: the largest number.
    long young = number(options, "MaxNewSize");
    String direct = value(options, "MaxDirectMemorySize").orElse(AS_HEAP);
    return new MemoryPlan(
        machine,
        heap,
        set ? "-Xmx" : "-XX:MaxRAMPercentage=" + share,
        young < 0 || young > heap ? 0 : young,
        number(options, "ReservedCodeCacheSize"),
        direct.equals(AS_HEAP) ? heap : Long.parseLong(direct),
        number(options, "ThreadStackSize") << 10);
  }

  private static boolean isSet(VMOption option) {
    return option.getOrigin() != VMOption.Origin.DEFAULT
        && option.getOrigin() != VMOption.Origin.ERGONOMIC;
  }

  private static String whole(String percentage) {
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

  /// The plan for people, in English.
  String line() {
    var line =
        new StringBuilder("memory, MiB: heap ")
            .append(heap >> 20)
            .append(" at most (")
            .append(heapFrom)
            .append(" of ")
            .append(machine >> 20)
            .append(')');
    if (young > 0) {
      line.append(", new objects ").append(young >> 20).append(" of these (-XX:MaxNewSize)");
    }
    return line.append("; beside it compiled code ")
        .append(code >> 20)
        .append(" at most (-XX:ReservedCodeCacheSize), buffers of connections ")
        .append(direct >> 20)
        .append(" at most (-XX:MaxDirectMemorySize), a thread's stack ")
        .append(stack >> 10)
        .append(
            " KiB (-Xss); blocks of samples are read through the page cache, which the system takes back")
        .toString();
  }
}
