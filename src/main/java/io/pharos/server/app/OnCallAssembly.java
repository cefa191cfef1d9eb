package io.pharos.server.app;

import io.pharos.alerting.silence.Silences;
import io.pharos.oncall.schedule.GapWatch;
import io.pharos.oncall.schedule.MaintenanceWindow;
import io.pharos.oncall.schedule.OnCallSchedule;
import io.pharos.oncall.window.MaintenanceWindows;
import io.pharos.oncall.window.PlannedWindows;
import io.pharos.rollout.Rollout;
import io.pharos.rollout.Rollouts;
import io.pharos.state.Store;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/// Builds who is on call, and maintenance windows.
final class OnCallAssembly {
  final OnCallSchedule schedule;
  final PlannedWindows windows;

  OnCallAssembly(Foundation base, OnCallSchedule schedule, Store store, Silences silences) {
    this.schedule = schedule;
    windows = new PlannedWindows(() -> schedule.plan().windows(), store.windows(), base.clock());
    var kept =
        new MaintenanceWindows(
            () -> windows.all().stream().map(PlannedWindows.Planned::window).toList(),
            () -> underWay(store.rollouts()),
            silences,
            base.clock(),
            store.isShared() ? Duration.ofMinutes(10) : Duration.ZERO);
    base.every("maintenance-windows", MaintenanceWindows.INTERVAL, _ -> kept.tick());
    var gaps = new GapWatch(schedule, base.registry());
    base.every("oncall-gaps", GapWatch.INTERVAL, gaps::measure);
  }

  private static List<MaintenanceWindow.Rollout> underWay(Rollouts rollouts) {
    return rollouts.underWay().stream()
        .flatMap(site -> Stream.ofNullable(site.rollout()))
        .map(Rollout::order)
        .map(
            order ->
                new MaintenanceWindow.Rollout(
                    order.id(), order.service() + "/" + order.env(), order.startedAt()))
        .toList();
  }
}
