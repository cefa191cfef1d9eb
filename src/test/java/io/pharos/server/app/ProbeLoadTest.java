package io.pharos.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.OperatingSystemMXBean;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.Nightly;
import io.pharos.probe.ProbeFile;
import io.pharos.probe.run.ProbeRunner;
import io.pharos.probe.run.PushStore;
import io.pharos.schedule.JobScheduler;
import io.pharos.schedule.JobSlots;
import io.pharos.schedule.LoopRegistry;
import io.pharos.storage.ArrivalListener;
import io.pharos.storage.InMemoryStorage;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.TimeContinuity;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Runs a thousand probes every 30 s, 20 of which hang. It measures the lateness of real threads,
/// so it uses the wall clock, runs only at night and needs idle processors.
@Tag("slow")
class ProbeLoadTest {
  private static final int PROBES = 1000;
  private static final int HANGING = 20;
  private static final Duration TIME = Duration.ofSeconds(65);

  /// Time for class loading, which later intervals do not need.
  private static final int WARM_UP_SECONDS = 5;

  private final Queue<Long> lateness = new ConcurrentLinkedQueue<>();

  /// Checks each job every second on a virtual thread, like QuarkusJobs.
  private final class Jobs implements JobScheduler {
    private final List<JobSlots> all = new CopyOnWriteArrayList<>();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final LoopRegistry loops =
        new LoopRegistry(InstantSource.system(), System::nanoTime, registry);

    @Override
    public Job schedule(String name, Duration every, Duration offset, Consumer<Instant> task) {
      var slots =
          new JobSlots(
              name,
              every,
              offset,
              due -> {
                lateness.add(System.currentTimeMillis() - due.toEpochMilli());
                task.accept(due);
              },
              InstantSource.system(),
              Jobs::sleep,
              registry,
              loops.begin(name, "", every));
      all.add(slots);
      return slots::close;
    }

    private static void sleep(Duration time) {
      try {
        Thread.sleep(time);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    void look() {
      all.forEach(slots -> Thread.ofVirtual().start(slots::runDue));
    }
  }

  private static void answer(ServerSocket server) {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        Thread.ofVirtual().start(() -> answer(socket));
      } catch (IOException e) {
        return;
      }
    }
  }

  private static void answer(Socket socket) {
    try (socket) {
      var unused = socket.getInputStream().read(new byte[2048]);
      socket
          .getOutputStream()
          .write(
              "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"code\":0}"
                  .getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String probes(int good, int hanging) {
    var text = new StringBuilder("probes:\n");
    for (int i = 0; i < PROBES; i++) {
      boolean hangs = i % (PROBES / HANGING) == 0;
      text.append(
          "- {name: p%d, interval: 30s, timeout: 10s, http: {url: 'http://127.0.0.1:%d/', envelope: 0}}\n"
              .formatted(i, hangs ? hanging : good));
    }
    return text.toString();
  }

  @Test
  void thousandProbes_twentyHang_noneIsLate() throws Exception {
    assumeTrue(Nightly.isOn(), "it takes a minute and two processors");
    var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    var jobs = new Jobs();
    InstantSource clock = InstantSource.system();
    try (var good = new ServerSocket(0, 1000, InetAddress.getLoopbackAddress());
        var hanging = new ServerSocket(0, 1000, InetAddress.getLoopbackAddress());
        var runner =
            new ProbeRunner(
                ProbeFile.parse(
                    "p.yml", probes(good.getLocalPort(), hanging.getLocalPort()), Path.of("")),
                new ProbeRunner.Ports(
                    new InMemoryStorage(),
                    jobs,
                    clock,
                    jobs.registry,
                    new ObservationGaps(),
                    new TimeContinuity(clock, new ObservationGaps()),
                    PushStore.inMemory(),
                    ArrivalListener.IGNORED))) {
      Thread.ofVirtual().start(() -> answer(good));
      runner.start();
      for (int i = 0; i < WARM_UP_SECONDS; i++) {
        jobs.look();
        Thread.sleep(1000);
      }
      lateness.clear();
      long began = System.nanoTime();
      long cpu = system.getProcessCpuTime();
      while (System.nanoTime() - began < TIME.toNanos()) {
        jobs.look();
        Thread.sleep(1000);
      }
      double cores = (system.getProcessCpuTime() - cpu) / (double) (System.nanoTime() - began);
      long[] late = lateness.stream().mapToLong(Long::longValue).sorted().toArray();
      long p99 = late[late.length * 99 / 100];
      System.out.printf(
          "probes: %d runs of %d probes in %d s, %d hanging; late p50 %d ms, p99 %d ms, most %d ms;"
              + " %.2f cores with the server, load %.1f%n",
          late.length,
          PROBES,
          TIME.toSeconds(),
          HANGING,
          late[late.length / 2],
          p99,
          late[late.length - 1],
          cores,
          system.getSystemLoadAverage());
      double failed =
          jobs.registry.get("pharos_probes").tags("outcome", "failure").counter().count();
      assertThat(failed).isBetween(HANGING * 1.0, HANGING * 3.0);
      assertThat(late.length).isGreaterThan(2 * PROBES - PROBES / 10);
      assertThat(p99).isLessThan(250);
      assertThat(cores).isLessThan(0.3);
    }
  }
}
