//! An engine that runs the same ticks with something added: a stream, or other settings.

use systole_systems::engine::Engine;
use systole_systems::ids::BatchId;
use systole_systems::input::{FlushOutcome, Input, Inputs};
use systole_systems::rows::StatusEventRow;
use systole_systems::settings::Settings;
use systole_systems::time::Tick;

use crate::journal_tools::ToolError;
use crate::replay::settings_change::SettingsChange;
use crate::replay::virtual_stream::VirtualStream;

/// The engine that is not compared with anything recorded.
pub struct SecondEngine {
    engine: Engine,
    changes: Vec<SettingsChange>,
    stream: Option<VirtualStream>,
    /// A batch of its own that waits for its answer.
    cut: Option<BatchId>,
    is_first: bool,
    inputs: Inputs,
}

impl SecondEngine {
    /// Begins with the state of another engine.
    pub fn beside(
        engine: &Engine,
        changes: Vec<SettingsChange>,
        stream: Option<VirtualStream>,
    ) -> SecondEngine {
        let engine = Engine::restore(engine.image()).expect("an image restores to what it shows");
        let inputs = Inputs::default();
        SecondEngine { engine, changes, stream, cut: None, is_first: true, inputs }
    }

    /// Runs a recorded tick.
    pub fn tick(&mut self, tick: Tick, recorded: &Inputs) -> Result<(), ToolError> {
        self.inputs.clear();
        if std::mem::take(&mut self.is_first) && !self.changes.is_empty() {
            // The settings that hold so far came with the state.
            let settings = self.changed(self.engine.settings());
            self.inputs.push(&Input::SettingsChanged { settings });
        }
        let starts = self.rewrite(recorded);
        if let Some(stream) = &mut self.stream {
            stream.tell(&self.engine, starts, &mut self.inputs);
        }
        let output = self.engine.tick(tick, &self.inputs);
        self.cut = output.cut;
        match &mut self.stream {
            Some(stream) => stream.take(&output),
            None => Ok(()),
        }
    }

    /// Changes of status of the last tick.
    pub fn status_events(&self) -> Vec<StatusEventRow> {
        self.engine.status_events()
    }

    /// The stream, to be completed.
    pub fn into_stream(self) -> Option<VirtualStream> {
        self.stream
    }

    /// Copies the inputs with other settings in them; answers whether a server starts. Under other
    /// settings batches are others too: those that were recorded are not answered, its own are.
    fn rewrite(&mut self, recorded: &Inputs) -> bool {
        let mut starts = false;
        if let Some(batch) = self.cut.take().filter(|_| !self.changes.is_empty()) {
            self.inputs.push(&Input::BatchSettled { batch, outcome: FlushOutcome::Committed });
        }
        for index in 0..recorded.len() {
            if recorded.is_heartbeat(index) {
                copy(recorded, index, &mut self.inputs);
                continue;
            }
            #[expect(clippy::wildcard_enum_match_arm, reason = "all others are copied as they are")]
            match recorded.get(index) {
                Input::Started { epoch, settings } => {
                    starts = true;
                    let settings = self.changed(settings);
                    self.inputs.push(&Input::Started { epoch, settings });
                }
                Input::SettingsChanged { settings } => {
                    let settings = self.changed(settings);
                    self.inputs.push(&Input::SettingsChanged { settings });
                }
                Input::BatchSettled { .. } if !self.changes.is_empty() => (),
                _ => copy(recorded, index, &mut self.inputs),
            }
        }
        starts
    }

    fn changed(&self, mut settings: Settings) -> Settings {
        self.changes.iter().for_each(|change| change.apply(&mut settings));
        settings
    }
}

fn copy(from: &Inputs, index: usize, to: &mut Inputs) {
    let Ok(()) = to.push_encoded(|out| {
        out.extend_from_slice(from.encoded(index));
        Ok::<(), std::convert::Infallible>(())
    });
}
