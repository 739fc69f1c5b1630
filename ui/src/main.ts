import { mount } from 'svelte'
import './app.css'
import App from './App.svelte'
import { locale } from './lib/messages'

document.documentElement.lang = locale

export default mount(App, { target: document.getElementById('panel')! })
