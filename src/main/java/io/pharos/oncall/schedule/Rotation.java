package io.pharos.oncall.schedule;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// People who take turns at being on call. All methods are pure functions of the rotation, the
/// overrides and a time.
///
/// @param zone the zone of all local times of the rotation
/// @param allowsGaps whether nobody has to be on call at some times
/// @param hasNotices whether people are told when their shifts begin
/// @param layers a later layer covers the earlier ones
/// @param overrides those of the file
/// @param line the rotation's line in the file
public record Rotation(
    String name,
    ZoneId zone,
    boolean allowsGaps,
    boolean hasNotices,
    List<RotationLayer> layers,
    List<DutyOverride> overrides,
    int line) {
  /// How far the ends of a shift and the next person are searched: a yearly turn is shorter.
  public static final Duration HORIZON = Duration.ofDays(400);

  public Rotation {
    layers = List.copyOf(layers);
    overrides = List.copyOf(overrides);
  }

  /// Who is on call.
  ///
  /// @param now the shift, or the gap; it ends at most [#HORIZON] away
  /// @param next the first later shift of another person, or of the same one after a gap; empty if
  ///   none begins within [#HORIZON]
  public record Duty(DutyShift now, Optional<DutyShift> next) {}

  /// Returns who is on call at an instant.
  ///
  /// @param further overrides besides those of the file, see [#shifts]
  public Duty duty(Instant at, List<DutyOverride> further) {
    // Most shifts end within days, so a short span is searched first.
    for (Duration reach = Duration.ofDays(10); ; reach = longer(reach)) {
      Instant from = at.minus(reach);
      Instant until = at.plus(reach);
      List<DutyShift> all = shifts(from, until, further);
      int index = 0;
      while (!all.get(index).contains(at)) {
        index++;
      }
      DutyShift now = all.get(index);
      Optional<DutyShift> next =
          all.subList(index + 1, all.size()).stream()
              .filter(shift -> !shift.isGap() && !shift.person().equals(now.person()))
              .findFirst();
      boolean isWhole =
          now.from().isAfter(from) && next.filter(it -> it.until().isBefore(until)).isPresent();
      if (isWhole || reach.equals(HORIZON)) {
        return new Duty(now, next);
      }
    }
  }

  /// Returns the whole time around an instant during which one person is on call without a break,
  /// whatever layers and overrides say so; or nobody. It ends at most [#HORIZON] away.
  ///
  /// @param further overrides besides those of the file, see [#shifts]
  public DutyShift stretch(Instant at, List<DutyOverride> further) {
    for (Duration reach = Duration.ofDays(10); ; reach = longer(reach)) {
      Instant from = at.minus(reach);
      Instant until = at.plus(reach);
      DutyShift found = DutyShift.gap(from, from);
      for (DutyShift shift : shifts(from, until, further)) {
        boolean isSame = found.person().equals(shift.person()) && !found.isEmpty();
        if (shift.from().isAfter(at) && !isSame) {
          break;
        }
        found = isSame ? found.until(shift.until()) : shift;
      }
      boolean isWhole = found.from().isAfter(from) && found.until().isBefore(until);
      if (isWhole || reach.equals(HORIZON)) {
        return found;
      }
    }
  }

  private static Duration longer(Duration reach) {
    Duration longer = reach.multipliedBy(4);
    return longer.compareTo(HORIZON) > 0 ? HORIZON : longer;
  }

  /// Returns the shifts and gaps within a span: in order, without space between them, cut at the
  /// span's ends.
  ///
  /// @param further overrides besides those of the file, of any rotation; a later one counts more,
  ///   and all count more than those of the file
  public List<DutyShift> shifts(Instant from, Instant until, List<DutyOverride> further) {
    List<DutyShift> shifts = List.of();
    for (RotationLayer layer : layers) {
      shifts = covered(shifts, layer.shifts(zone, from, until));
    }
    shifts = filled(shifts, from, until);
    for (DutyOverride override : overrides) {
      shifts = replaced(shifts, override);
    }
    for (DutyOverride override :
        further.stream()
            .sorted(Comparator.comparing(DutyOverride::at).thenComparing(DutyOverride::id))
            .toList()) {
      if (override.rotation().equals(name)) {
        shifts = replaced(shifts, override);
      }
    }
    return joined(shifts);
  }

  /// Returns the gaps within a span.
  public List<DutyShift> gaps(Instant from, Instant until, List<DutyOverride> further) {
    return shifts(from, until, further).stream().filter(DutyShift::isGap).toList();
  }

  /// Returns shifts that others cover. Both lists are in order.
  private static List<DutyShift> covered(List<DutyShift> base, List<DutyShift> cover) {
    var result = new ArrayList<>(cover);
    int next = 0;
    for (DutyShift shift : base) {
      while (next < cover.size() && !cover.get(next).until().isAfter(shift.from())) {
        next++;
      }
      Instant begin = shift.from();
      for (int i = next; i < cover.size() && cover.get(i).from().isBefore(shift.until()); i++) {
        add(result, shift.within(begin, cover.get(i).from()));
        begin = DutyShift.later(begin, cover.get(i).until());
      }
      add(result, shift.within(begin, shift.until()));
    }
    result.sort(Comparator.comparing(DutyShift::from));
    return result;
  }

  private static void add(List<DutyShift> shifts, DutyShift shift) {
    if (!shift.isEmpty()) {
      shifts.add(shift);
    }
  }

  private static List<DutyShift> filled(List<DutyShift> shifts, Instant from, Instant until) {
    var result = new ArrayList<DutyShift>();
    Instant end = from;
    for (DutyShift shift : shifts) {
      add(result, DutyShift.gap(end, shift.from()));
      result.add(shift);
      end = shift.until();
    }
    add(result, DutyShift.gap(end, until));
    return result;
  }

  private static List<DutyShift> replaced(List<DutyShift> shifts, DutyOverride override) {
    var result = new ArrayList<DutyShift>();
    for (DutyShift shift : shifts) {
      DutyShift part = shift.within(override.from(), override.until());
      String person = override.decided(shift.person());
      boolean isReplaced = override.insteadOf().isEmpty() || !person.equals(shift.person());
      if (part.isEmpty() || !isReplaced) {
        result.add(shift);
        continue;
      }
      add(result, shift.within(shift.from(), part.from()));
      result.add(part.by(person, override.id()));
      add(result, shift.within(part.until(), shift.until()));
    }
    return result;
  }

  private static List<DutyShift> joined(List<DutyShift> shifts) {
    var result = new ArrayList<DutyShift>();
    for (DutyShift shift : shifts) {
      if (!result.isEmpty() && result.getLast().isContinuedBy(shift)) {
        result.add(result.removeLast().until(shift.until()));
      } else {
        result.add(shift);
      }
    }
    return result;
  }
}
