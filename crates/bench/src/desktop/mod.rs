//! The desktop app, beside an empty Tauri app, the smallest tray app with another toolkit, and the page in a browser's tab.

mod compared;
mod processes;
mod screen;
mod tray_host;
mod world;

use crate::measurement::{Measurement, print};
use crate::payments::percentile;
use anyhow::{Context as _, Result};
use compared::Compared;
use processes::Processes;
use screen::Screen;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::time::sleep;
use world::World;

/// The number of alternating starts.
const STARTS: usize = 15;
/// The number of alternating first openings of a window, and of openings of a warm panel.
const OPENINGS: usize = 7;
/// The number of alternating measurements of memory.
const ROUNDS: usize = 3;
/// The number of spends whose way to the tray is measured.
const SPENDS: usize = 100;
/// How long a program has been running when its memory is read.
const SETTLED: Duration = Duration::from_secs(10);
/// How long an idle program is watched.
const IDLE: Duration = Duration::from_mins(1);

/// The names of what the app is compared with.
const EMPTY: &str = "empty tauri tray app";
const PYSIDE: &str = "pyside6 tray app";
const CHROMIUM: &str = "chromium tab";
const WINDOW: &str = "empty tauri window";

/// Makes all measurements. The data is written to `folder`; `release` is the folder of the app's release build.
pub async fn measure(folder: &Path) -> Result<Vec<Measurement>> {
    let mut world = World::start(folder).await?;
    let mut measurements = print(starts(&mut world).await?);
    measurements.extend(print(memory(&mut world).await?));
    measurements.extend(print(panel(&mut world).await?));
    measurements.extend(print(idle(&mut world).await?));
    measurements.extend(print(spends(&mut world).await?));
    measurements.extend(print(glance(&world).await?));
    measurements.extend(print(sizes()?));
    Ok(measurements)
}

/// The time from the start of the program until its icon is in the tray. The app's icon shows the cached balance.
async fn starts(world: &mut World) -> Result<Vec<Measurement>> {
    let (app, empty) = (world.app(0), world::empty());
    let (mut times, mut others) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let start = Instant::now();
        let running = world.run(&app).await?;
        times.push(running.icon.tooltip_has(world.spendable).await? - start);
        world.connected(&running.icon).await?;
        running.program.kill().await?;
        let start = Instant::now();
        let running = world.run(&empty).await?;
        running.icon.tooltip().await?;
        others.push(start.elapsed());
        running.program.kill().await?;
    }
    let (value, other) = (percentile(&mut times, 50), percentile(&mut others, 50));
    Ok(vec![Measurement::compared("exec to tray", value, "ms", EMPTY, other)])
}

/// The memory of the app with its panel closed, open, and closed again.
async fn memory(world: &mut World) -> Result<Vec<Measurement>> {
    let (app, empty, pyside) = (world.app(0), world::empty(), world::pyside());
    let mut sizes: [Vec<f64>; 6] = Default::default();
    for _ in 0..ROUNDS {
        sizes[0].push(closed_memory(world, &empty).await?);
        sizes[1].push(closed_memory(world, &pyside).await?);
        sizes[2].push(tab_memory(world).await?);
        let running = world.run(&app).await?;
        world.connected(&running.icon).await?;
        sleep(SETTLED).await;
        let processes = Processes(compared::id(&running.program)?);
        sizes[3].push(processes.memory_mib()?);
        running.icon.click().await?;
        sleep(SETTLED).await;
        sizes[4].push(processes.memory_mib()?);
        world.close_panel().await?;
        sleep(SETTLED).await;
        sizes[5].push(processes.memory_mib()?);
        running.program.kill().await?;
    }
    let [empty, pyside, tab, closed, open, closed_again] = sizes.map(|mut sizes| median(&mut sizes));
    let idle = |against, other| Measurement::compared("idle memory", closed, "MiB", against, other);
    Ok(vec![
        idle(EMPTY, empty),
        idle(PYSIDE, pyside),
        idle(CHROMIUM, tab),
        Measurement::alone("memory with the panel open", open, "MiB"),
        Measurement::compared(
            "memory with the panel closed again",
            closed_again,
            "MiB",
            "before it was opened",
            closed,
        ),
    ])
}

async fn closed_memory(world: &mut World, program: &Compared) -> Result<f64> {
    let running = world.run(program).await?;
    sleep(SETTLED).await;
    let size = Processes(compared::id(&running.program)?).memory_mib();
    running.program.kill().await?;
    size
}

async fn tab_memory(world: &World) -> Result<f64> {
    let browser = world.chromium()?.start(&world.desktop)?;
    sleep(SETTLED).await;
    let size = Processes(compared::id(&browser)?).memory_mib();
    browser.stop().await?;
    size
}

/// The time from the click on the icon until the panel shows its figures: a panel that has to be created, and a warm one.
async fn panel(world: &mut World) -> Result<Vec<Measurement>> {
    let screen = Screen::of(&world.desktop)?;
    let (app, empty) = (world.app(0), world::empty());
    let (mut cold, mut windows) = (Vec::new(), Vec::new());
    for _ in 0..OPENINGS {
        for (program, times, signs_in) in [(&app, &mut cold, true), (&empty, &mut windows, false)] {
            let running = world.run(program).await?;
            if signs_in {
                world.connected(&running.icon).await?;
            }
            sleep(Duration::from_secs(2)).await;
            times.push(open(&screen, &running.icon).await?);
            running.program.kill().await?;
            sleep(Duration::from_secs(1)).await;
        }
    }
    let running = world.run(&world.app(3_600)).await?;
    world.connected(&running.icon).await?;
    sleep(Duration::from_secs(2)).await;
    let desktop = screen.picture()?;
    open(&screen, &running.icon).await?;
    let mut warm = Vec::new();
    for _ in 0..OPENINGS {
        world.close_panel().await?;
        screen.waits_for(&desktop)?;
        warm.push(open(&screen, &running.icon).await?);
    }
    running.program.kill().await?;
    let window = percentile(&mut windows, 50);
    Ok(vec![
        Measurement::compared("panel cold", percentile(&mut cold, 50), "ms", WINDOW, window),
        Measurement::alone("panel warm", percentile(&mut warm, 50), "ms"),
    ])
}

async fn open(screen: &Screen, icon: &tray_host::Icon) -> Result<Duration> {
    let before = screen.picture()?;
    let start = Instant::now();
    icon.click().await?;
    tokio::task::block_in_place(|| screen.time_to_final(&before, start))
}

/// What the programs use while nothing happens.
async fn idle(world: &mut World) -> Result<Vec<Measurement>> {
    let empty = world.run(&world::empty()).await?;
    let of_empty = watch(&empty.program).await?;
    empty.program.kill().await?;
    let app = world.run(&world.app(0)).await?;
    world.connected(&app.icon).await?;
    let of_app = watch(&app.program).await?;
    app.program.kill().await?;
    let seconds = IDLE.as_secs_f64();
    Ok(vec![
        Measurement::compared("cpu in 60 s", of_app.cpu_ms, "ms", EMPTY, of_empty.cpu_ms),
        Measurement::alone("wake-ups", of_app.wake_ups / seconds, "/s"),
        Measurement::alone("network in an idle hour", of_app.bytes * 3_600.0 / seconds, "bytes"),
    ])
}

/// What a program used in the time that it was watched.
struct Watched {
    cpu_ms: f64,
    wake_ups: f64,
    bytes: f64,
}

async fn watch(program: &tokenwell_stage::Program) -> Result<Watched> {
    sleep(SETTLED).await;
    let processes = Processes(compared::id(program)?);
    let (before, bytes) = (processes.threads()?, processes.transferred().await?);
    sleep(IDLE).await;
    let used = processes.threads()?.since(&before);
    Ok(Watched {
        cpu_ms: used.cpu_ms,
        wake_ups: used.wake_ups,
        bytes: processes.transferred().await? - bytes,
    })
}

/// The time from sending a spend until the icon's tooltip shows the new balance.
async fn spends(world: &mut World) -> Result<Vec<Measurement>> {
    let running = world.run(&world.app(0)).await?;
    world.connected(&running.icon).await?;
    let mut times = Vec::new();
    for _ in 0..SPENDS {
        let left = world.spendable - 1;
        let start = Instant::now();
        let shown = running.icon.tooltip_has(left);
        let ((), at) = tokio::try_join!(world.spend_one(), shown)?;
        times.push(at - start);
        world.spendable = left;
    }
    running.program.kill().await?;
    Ok([50, 99]
        .map(|percent| {
            let name = if percent == 50 { "spend to tooltip" } else { "spend to tooltip, p99" };
            Measurement::alone(name, percentile(&mut times, percent), "ms")
        })
        .to_vec())
}

/// The time that the command line takes to print the balance.
async fn glance(world: &World) -> Result<Vec<Measurement>> {
    let mut times = Vec::new();
    for _ in 0..50 {
        let mut glance = world.desktop.run(tokio::process::Command::new(world::glance()));
        let start = Instant::now();
        let output = glance.output().await?;
        times.push(start.elapsed());
        anyhow::ensure!(output.status.success(), "the glance ended with {}", output.status);
    }
    Ok(vec![Measurement::alone("glance", percentile(&mut times, 50), "ms")])
}

/// The sizes of what users install.
fn sizes() -> Result<Vec<Measurement>> {
    let mut rows = Vec::new();
    for (name, file) in world::installed() {
        let size = std::fs::metadata(&file).with_context(|| format!("{} is missing", file.display()))?.len();
        rows.push(Measurement::alone(name, f64::from(u32::try_from(size)?), "bytes"));
    }
    Ok(rows)
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
