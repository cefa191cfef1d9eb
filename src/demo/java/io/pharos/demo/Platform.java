package io.pharos.demo;

import java.util.SplittableRandom;

/// The state of RemoteGPU: machines, their tenants, tasks, and the database pool. [Traffic]
/// advances it under its lock.
final class Platform {
  static final int MACHINES = 12;
  static final int POOL_SIZE = 100;
  private static final int MAX_LOST = 94;

  private final SplittableRandom random;
  private long allocations;
  private long reclamations;
  private long tasksCreated;
  private long tasksCompleted;
  private int allocated = 5;
  private int running = 3;
  private int online = MACHINES;
  private int inUse = 2;
  private int lost;

  Platform(SplittableRandom random) {
    this.random = random;
  }

  /// Advances by one second.
  ///
  /// @param busyConnections average number of database connections in use
  /// @param reporting the number of machines with recent heartbeats
  /// @param leaking whether a connection leaks each second
  void second(long number, double busyConnections, int reporting, boolean leaking) {
    if (random.nextDouble() < 0.05 && allocated < MACHINES) {
      allocated++;
      allocations++;
    } else if (random.nextDouble() < 0.05 && allocated > 0) {
      allocated--;
      reclamations++;
    }
    if (random.nextDouble() < 0.15 && running < 2 * MACHINES) {
      running++;
      tasksCreated++;
    } else if (random.nextDouble() < 0.15 && running > 0) {
      running--;
      tasksCompleted++;
    }
    // The heartbeat monitor runs once a minute; sometimes a machine is offline for a minute.
    if (number % 60 == 0) {
      online = Math.max(0, random.nextDouble() < 0.03 ? reporting - 1 : reporting);
    }
    lost = leaking ? Math.min(lost + 1, MAX_LOST) : 0;
    long busy = Math.round(1 + busyConnections + random.nextDouble(2));
    inUse = Math.clamp(lost + busy, 1, POOL_SIZE);
  }

  void writeTo(MetricPage page) {
    int idle = Math.min(10, POOL_SIZE - inUse);
    gauge(page, "db_idle_connections", "Number of idle database connections", idle);
    gauge(page, "db_in_use_connections", "Number of database connections in use", inUse);
    gauge(page, "db_max_open_connections", "Maximum number of open connections", POOL_SIZE);
    gauge(page, "db_open_connections", "Number of open database connections", inUse + idle);
    counter(page, "machine_allocations_total", "Total machine allocations", allocations);
    counter(page, "machine_reclamations_total", "Total machine reclamations", reclamations);
    gauge(page, "machines_online", "Number of online machines", online);
    counter(page, "tasks_completed_total", "Total tasks that ended, failed or not", tasksCompleted);
    counter(page, "tasks_created_total", "Total tasks created", tasksCreated);
  }

  private static void gauge(MetricPage page, String name, String help, double value) {
    page.family(name, "gauge", help).sample(name, value);
  }

  private static void counter(MetricPage page, String name, String help, long value) {
    page.family(name, "counter", help).sample(name, (double) value);
  }
}
