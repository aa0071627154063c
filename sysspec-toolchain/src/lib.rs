//! The SysSpec agents: prompts, model providers, C gates, store and image build.
